// The words after the colons of a refclock's parameter: "SHM 2:perm=0660", "PPS /dev/pps0:clear".
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "refclockd/look.h"

namespace ntp::refclockd {
namespace {

bool is_named(std::string_view option, std::string_view name) {
  return name.ends_with('=') ? option.starts_with(name) : option == name;
}

std::optional<std::string_view> value_of(const RefclockSettings& settings, std::string_view name) {
  for (const std::string_view option : settings.driver_options) {
    if (is_named(option, name)) return option.substr(name.size());
  }
  return std::nullopt;
}

}  // namespace

Result<void> know_options(const RefclockSettings& settings,
                          std::initializer_list<std::string_view> known) {
  for (const std::string& option : settings.driver_options) {
    if (std::ranges::any_of(known, [&](auto name) { return is_named(option, name); })) continue;
    return failure(
        fmt::format("refclock {}: unknown option \":{}\"; it knows {}", settings.parameter, option,
                    known.size() == 0 ? "none" : fmt::format(":{}", fmt::join(known, " :"))));
  }
  return {};
}

bool has_option(const RefclockSettings& settings, std::string_view flag) {
  return value_of(settings, flag).has_value();
}

Result<unsigned> number_option(const RefclockSettings& settings, std::string_view name) {
  const auto text = value_of(settings, name);
  if (!text) return 0u;
  const auto number = parse_integer<unsigned>(*text);
  if (number && *number <= 255) return *number;
  return failure(fmt::format("refclock {}: {} wants a number from 0 to 255, not \"{}\"",
                             settings.parameter, name.substr(0, name.size() - 1), *text));
}

Result<unsigned> permission_of(const RefclockSettings& settings, unsigned otherwise) {
  const auto text = value_of(settings, "perm=");
  if (!text) return otherwise;
  const auto mode = parse_integer<unsigned>(*text, 8);
  if (mode && *mode <= 0777) return *mode;
  return failure(fmt::format("refclock {}: perm is an octal number up to 0777, not \"{}\"",
                             settings.parameter, *text));
}

}  // namespace ntp::refclockd
