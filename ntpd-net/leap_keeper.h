// Root's file of leap seconds, looked at again while we run: tzdata is upgraded under daemons that
// stay up for years. Twice a day, and with every reload. Says once that a list has expired; a file
// that cannot be read any more, or not parsed, leaves what is known in force.
#pragma once

#include <optional>
#include <string>

#include "common/conf/clock_settings.h"
#include "common/os/timers.h"

namespace ntp {

class LeapKeeper {
 public:
  static constexpr Nanos interval = 12h;

  LeapKeeper() = default;
  // `text` as it was read at the start; without a directive nothing is ever looked at.
  LeapKeeper(const ClockSettings& settings, std::string text, MonotonicTime now);

  [[nodiscard]] MonotonicTime next_look() const { return due_.when(); }
  // The file's text when it is another one, and good.
  [[nodiscard]] std::optional<std::string> look(MonotonicTime now, UtcTime utc);

 private:
  void complain(const std::string& about);

  std::string list_{}, zone_{};  // leapseclist, leapsectz
  std::string text_{};
  std::string complaint_{};  // the last one, which is not repeated
  Timer due_{};
};

}  // namespace ntp
