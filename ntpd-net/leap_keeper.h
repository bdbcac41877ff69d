// Root's file of leap seconds, looked at again while we run: twice a day, and with every reload.
#pragma once

#include <optional>
#include <string>

#include "common/conf/leap_source.h"
#include "common/os/timers.h"

namespace ntp {

class LeapKeeper {
 public:
  LeapKeeper() = default;
  // `text` as it was read at the start; without a directive nothing is ever looked at.
  LeapKeeper(const ClockSettings& settings, std::string text, MonotonicTime now);

  [[nodiscard]] MonotonicTime next_look() const { return due_.when(); }
  // The file's text when it is another one, and good.
  [[nodiscard]] std::optional<std::string> look(MonotonicTime now, UtcTime utc);

 private:
  LeapFile file_{};
  std::string text_{};
  Timer due_{};
};

}  // namespace ntp
