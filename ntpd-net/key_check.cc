// See key_check.h.
#include "ntpd-net/key_check.h"

#include <fmt/format.h>

#include <cerrno>

#include "common/conf/lines.h"
#include "common/conf/source_lines.h"
#include "common/wire/key_file.h"

namespace ntp {
namespace {

// A line for each source whose key is not in `keys`.
std::string name_missing(const Settings& settings, const KeyStore& keys, std::string_view where) {
  std::string text;
  for (const SourceSettings& source : settings.sources) {
    if (source.key == 0 || keys.find(source.key) != nullptr) continue;
    text += fmt::format("Error: {} {} needs key {}, {}: it is not asked\n", to_text(source.kind),
                        source.name, source.key, where);
  }
  return text;
}

}  // namespace

KeyCheck check_keys(const Settings& settings) {
  const std::string& path = settings.keyfile;
  if (path.empty()) {
    const auto missing = name_missing(settings, {}, "and there is no keyfile");
    return {.text = missing, .is_enough = missing.empty()};
  }
  const auto text = read_vetted_file(path, default_vetting());
  if (!text && (text.error().code == EACCES || text.error().code == EPERM))
    return {.text =
                fmt::format("Note: the keys could not be looked at: {}\n", text.error().message)};
  if (!text) {
    const auto missing = name_missing(settings, {}, "and the keyfile cannot be used");
    return {.text = fmt::format("Warning: keyfile: {}\n", text.error().message) + missing,
            .is_enough = missing.empty()};
  }
  const KeyFile file = parse_key_file(*text, path);
  KeyCheck check{.text = fmt::format("Knows {} key{} of {}.\n", file.keys.size(),
                                     file.keys.size() == 1 ? "" : "s", path)};
  for (const std::string& warning : file.warnings)
    check.text += fmt::format("Warning: {}\n", warning);
  const auto missing =
      name_missing(settings, file.keys, fmt::format("which {} does not give", path));
  check.is_enough = missing.empty();
  check.text += missing;
  return check;
}

}  // namespace ntp
