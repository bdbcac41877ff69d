// A day before, seconds around, and the moment itself.
#include "clockd/leap.h"

#include <algorithm>

namespace ntp::clockd {

namespace {

constexpr Nanos announcement{86400s};
// The kernel leaps at its first tick after midnight: until then its flag must stand, and the clock
// that we read is still a second off.
constexpr Nanos kernels_delay{100ms};

constexpr Leap flag_of(int change) { return change > 0 ? Leap::insert : Leap::remove; }

}  // namespace

SystemTime LeapWatch::moment() const {
  if (mode_ == LeapMode::system) return SystemTime{leap_.at.since_zero + kernels_delay};
  return SystemTime{leap_.at.since_zero - (leap_.change < 0 ? 1s : 0s)};
}

Leap LeapWatch::announced(SystemTime now) const {
  return is_ahead() && moment() - now <= announcement ? flag_of(leap_.change) : Leap::none;
}

Leap LeapWatch::kernel_flag(SystemTime now) const {
  return mode_ == LeapMode::system ? announced(now) : Leap::none;
}

bool LeapWatch::is_near(SystemTime now) const {
  if (has_passed_) return std::chrono::abs(now.since_zero - leap_.at.since_zero) < leap_quiet;
  return is_imminent(now);
}

bool LeapWatch::is_imminent(SystemTime now) const {
  return is_ahead() && moment() - now < leap_quiet;
}

std::optional<int> LeapWatch::pass(SystemTime now) {
  if (!is_ahead() || now < moment()) return std::nullopt;
  has_passed_ = true;
  return leap_.change;
}

Nanos LeapWatch::step_for(int change) const {
  return mode_ == LeapMode::step ? Nanos{-1s} * change : Nanos{0};
}

Nanos LeapWatch::until_change(SystemTime now) const {
  if (!is_ahead()) return announcement;
  const Nanos left = moment() - now;
  if (left > announcement) return std::min(left - announcement, announcement);
  return left > leap_quiet ? left - leap_quiet : std::max(left, Nanos{10ms});
}

}  // namespace ntp::clockd
