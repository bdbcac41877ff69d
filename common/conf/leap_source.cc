// See leap_source.h.
#include "common/conf/leap_source.h"

#include "common/base/log.h"
#include "common/conf/lines.h"

namespace ntp {

Result<std::string> read_leap_source(const ClockSettings& settings) {
  if (!settings.leapseclist.empty()) return read_vetted_file(settings.leapseclist, Vetting::loose);
  if (settings.leapsectz.empty()) return std::string{};
  if (settings.leapsectz.find("..") != std::string::npos)
    return failure("leapsectz: not a zone: " + settings.leapsectz);
  auto text = read_vetted_file("/usr/share/zoneinfo/" + settings.leapsectz, Vetting::loose);
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

}  // namespace ntp
