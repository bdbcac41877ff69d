// See leap_keeper.h.
#include "ntpd-net/leap_keeper.h"

#include <utility>

#include "common/base/log.h"

namespace ntp {

LeapKeeper::LeapKeeper(const ClockSettings& settings, std::string text, MonotonicTime now)
    : file_{settings}, text_{std::move(text)} {
  if (file_.is_configured()) due_.arm(now + LeapFile::interval);
}

std::optional<std::string> LeapKeeper::look(MonotonicTime now, UtcTime utc) {
  if (!due_.is_armed()) return std::nullopt;
  due_.arm(now + LeapFile::interval);
  auto content = file_.look(utc);
  if (!content || content->text == text_) return std::nullopt;
  text_ = std::move(content->text);
  log_info("Leap seconds: the file has changed and was read again");
  return text_;
}

}  // namespace ntp
