// A day before, seconds around, and the moment itself.
#include "clockd/leap.h"

#include <algorithm>

namespace ntp::clockd {

namespace {

constexpr Nanos announcement{86400s};

constexpr Leap flag_of(int change) { return change > 0 ? Leap::insert : Leap::remove; }

}  // namespace

LeapWatch::LeapWatch(const LeapTable& table, LeapMode mode, SystemTime now)
    : table_{table}, mode_{mode}, passed_{now.since_zero} {}

const LeapEvent* LeapWatch::next() const { return table_.next_after(passed_); }

SystemTime LeapWatch::moment() const {
  const LeapEvent* const event = next();
  const bool is_early = event->change < 0 && mode_ != LeapMode::system;
  return SystemTime{event->at.since_zero - (is_early ? 1s : 0s)};
}

Leap LeapWatch::announced(SystemTime now) const {
  const LeapEvent* const event = next();
  if (event == nullptr || moment() - now > announcement) return Leap::none;
  return flag_of(event->change);
}

Leap LeapWatch::kernel_flag(SystemTime now) const {
  return mode_ == LeapMode::system ? announced(now) : Leap::none;
}

bool LeapWatch::is_near(SystemTime now) const {
  // `passed_` is also where we started, which is no leap.
  const bool is_after = table_.tai_at(passed_) != table_.tai_at({passed_.since_zero - 2s}) &&
                        std::chrono::abs(now.since_zero - passed_.since_zero) < leap_quiet;
  return is_after || (next() != nullptr && moment() - now < leap_quiet);
}

std::optional<int> LeapWatch::pass(SystemTime now) {
  const LeapEvent* const event = next();
  if (event == nullptr || now < moment()) return std::nullopt;
  passed_ = event->at;
  return event->change;
}

Nanos LeapWatch::step_for(int change) const {
  return mode_ == LeapMode::step ? Nanos{-1s} * change : Nanos{0};
}

Nanos LeapWatch::until_change(SystemTime now) const {
  const LeapEvent* const event = next();
  if (event == nullptr) return announcement;
  const Nanos left = moment() - now;
  if (left > announcement) return std::min(left - announcement, announcement);
  return left > leap_quiet ? left - leap_quiet : std::max(left, Nanos{10ms});
}

}  // namespace ntp::clockd
