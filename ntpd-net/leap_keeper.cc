// See leap_keeper.h.
#include "ntpd-net/leap_keeper.h"

#include <utility>

#include "common/base/log.h"
#include "common/conf/leap_source.h"

namespace ntp {

LeapKeeper::LeapKeeper(const ClockSettings& settings, std::string text, MonotonicTime now)
    : list_{settings.leapseclist}, zone_{settings.leapsectz}, text_{std::move(text)} {
  if (!list_.empty() || !zone_.empty()) due_.arm(now + interval);
}

void LeapKeeper::complain(const std::string& about) {
  if (std::exchange(complaint_, about) != about) log_warning("Leap seconds: {}", about);
}

std::optional<std::string> LeapKeeper::look(MonotonicTime now, UtcTime utc) {
  if (!due_.is_armed()) return std::nullopt;
  due_.arm(now + interval);
  ClockSettings settings;
  settings.leapseclist = list_;
  settings.leapsectz = zone_;
  auto text = read_leap_source(settings);
  const auto table =
      text ? parse_leap_source(*text) : Result<LeapTable>{std::unexpected{text.error()}};
  if (!table) {
    complain(table.error().message + "; what was known stays in force");
    return std::nullopt;
  }
  if (table->expires && *table->expires < utc) complain("the list has expired");
  else complaint_.clear();
  if (*text == text_) return std::nullopt;
  text_ = *text;
  log_info("Leap seconds: the file has changed and was read again");
  return text_;
}

}  // namespace ntp
