// See leap_source.h.
#include "common/conf/leap_source.h"

#include <utility>

#include "common/base/log.h"
#include "common/conf/lines.h"

namespace ntp {
namespace {

Result<std::string> read_zone(const std::string& zone) {
  return read_vetted_file("/usr/share/zoneinfo/" + zone, Vetting::loose);
}

}  // namespace

Result<std::string> read_leap_source(const ClockSettings& settings) {
  if (!settings.leapseclist.empty()) return read_vetted_file(settings.leapseclist, Vetting::loose);
  if (settings.leapsectz.empty()) return std::string{};
  if (settings.leapsectz.find("..") != std::string::npos)
    return failure("leapsectz: not a zone: " + settings.leapsectz);
  auto text = read_zone(settings.leapsectz);
  if (text) return text;
  log_warning("leapsectz {}: {}; leap seconds are not known", settings.leapsectz,
              text.error().message);
  return std::string{};
}

Result<LeapTable> parse_leap_source(const std::string& text) {
  if (text.empty()) return LeapTable{};
  if (text.starts_with("TZif")) return parse_leap_zone(std::as_bytes(std::span{text}));
  return parse_leap_list(text);
}

Result<LeapFile::Content> LeapFile::read() const {
  auto text = NTP_TRY(list_.empty() ? read_zone(zone_) : read_vetted_file(list_, Vetting::loose));
  auto table = NTP_TRY(parse_leap_source(text));
  return Content{std::move(text), std::move(table)};
}

void LeapFile::complain(const std::string& about) {
  if (std::exchange(complaint_, about) != about && !about.empty())
    log_warning("Leap seconds: {}", about);
}

std::optional<LeapFile::Content> LeapFile::look(UtcTime now) {
  auto content = read();
  if (!content) {
    complain(content.error().message + "; what was known stays in force");
    return std::nullopt;
  }
  const auto expires = content->table.expires;
  complain(expires && *expires < now ? "the list has expired" : "");
  return *std::move(content);
}

}  // namespace ntp
