// Deadlines on CLOCK_MONOTONIC: armed or not, due or not, and the earliest of several. Reads no
// clock and waits for nothing: a loop asks `earliest` for its timeout and then `is_due` of each.
#pragma once

#include <algorithm>

#include "common/time/instants.h"

namespace ntp {

class Timer {
 public:
  constexpr void arm(MonotonicTime when) { when_ = when; }
  constexpr void disarm() { when_ = never; }
  [[nodiscard]] constexpr bool is_armed() const { return when_ != never; }
  [[nodiscard]] constexpr bool is_due(MonotonicTime now) const {
    return is_armed() && now >= when_;
  }
  [[nodiscard]] constexpr MonotonicTime when() const { return when_; }

  // True once for each period that ends: re-arms itself `period` after `now`.
  [[nodiscard]] constexpr bool take_due(MonotonicTime now, Nanos period) {
    if (!is_due(now)) return false;
    arm(now + period);
    return true;
  }

  static constexpr MonotonicTime never{Nanos::max()};

 private:
  MonotonicTime when_ = never;
};

// Time left until `when`: 0 when it has passed, negative (wait for ever) when it is `never`.
[[nodiscard]] constexpr Nanos time_until(MonotonicTime when, MonotonicTime now) {
  if (when == Timer::never) return Nanos{-1};
  return std::max(when - now, Nanos{0});
}

}  // namespace ntp
