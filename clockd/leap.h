// When a leap second that root's file announces concerns the clock, and what is to be done.
// Believes no peer: a leap flag in a record does nothing here. Pure.
#pragma once

#include <optional>

#include "clockd/policy.h"
#include "common/time/estimate.h"
#include "common/time/leap_table.h"

namespace ntp::clockd {

class LeapWatch {
 public:
  LeapWatch() = default;
  // `leap`: the first one ahead; without a change, none is known.
  LeapWatch(const LeapEvent& leap, LeapMode mode) : leap_{leap}, mode_{mode} {}

  // Root's file says something else now.
  void know(const LeapEvent& leap) { *this = LeapWatch{leap, mode_}; }

  // For the kernel (`system` mode only) and for readers of the status: set during the last day.
  [[nodiscard]] Leap kernel_flag(SystemTime now) const;
  [[nodiscard]] Leap announced(SystemTime now) const;
  // Within leap_quiet of a leap, past or to come: no record is believed.
  [[nodiscard]] bool is_near(SystemTime now) const;
  // ... to come: nothing is ordered. Afterwards the lines at hand have leapt with the clock.
  [[nodiscard]] bool is_imminent(SystemTime now) const;
  // +1 or -1 once, when the clock passes an inserted or removed second.
  [[nodiscard]] std::optional<int> pass(SystemTime now);
  // In `step` mode, how far the clock is to be advanced when it passes; else zero.
  [[nodiscard]] Nanos step_for(int change) const;
  // Until any of the answers above changes; a day at most.
  [[nodiscard]] Nanos until_change(SystemTime now) const;

 private:
  [[nodiscard]] bool is_ahead() const { return leap_.change != 0 && !has_passed_; }
  // In the clock's own count, when it is over: a clock that the kernel leaves alone passes a
  // removed second one second early.
  [[nodiscard]] SystemTime moment() const;

  LeapEvent leap_{};
  LeapMode mode_ = LeapMode::system;
  bool has_passed_ = false;
};

}  // namespace ntp::clockd
