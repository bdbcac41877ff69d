// See steered_clock.h.
#include "tests/replay/steered_clock.h"

namespace ntp::replay {

void SteeredClock::begin_second(RawTime now) {
  slew_ = left_ * slew_share(time_constant_);
  left_ -= slew_;
  if (is_to_repeat_) order(now);
}

void SteeredClock::obey(const Combined& combined, RawTime now) {
  record_.line = combined.line;
  record_.sample_interval = combined.sample_interval;
  record_.time_scale = combined.time_scale;
  record_.tracking_deviation = combined.tracking_deviation;
  if (!is_set_) {  // the step that every recording starts with
    is_set_ = true;
    base_ = combined.line.rate.fraction;
    against_raw_ = to_seconds(combined.line.at(now).since_zero - now.since_zero);
    return;
  }
  order(now);
}

void SteeredClock::order(RawTime now) {
  const Reading seen{.raw = now, .system = SystemTime{now.since_zero + to_nanos(against_raw_)}};
  const clockd::Order order =
      clockd::steer(record_, seen, policy_, playing_, to_nanos(left_), false);
  playing_ = order.playing(seen);
  is_to_repeat_ = order.again > Nanos{0};
  base_ = from_kernel_rate(to_kernel_rate(order.adjustment.rate)).fraction;
  left_ = to_seconds(order.adjustment.offset);
  time_constant_ = order.adjustment.time_constant;
}

}  // namespace ntp::replay
