// The kernel's discipline as second_overflow() does it, for simulated worlds: rate in force at
// once, a pending offset removed by 1/2^(2+tc) a second, on REALTIME's second boundaries,
// steps that end the slew. No timer wheel: the boundary is exact. Touches no real clock.
#pragma once

#include <algorithm>
#include <cmath>

#include "common/os/kernel_clock.h"
#include "common/time/instants.h"

namespace ntp::sim {

class KernelModel {
 public:
  explicit KernelModel(SystemTime start = {}) : system_{start} {}

  [[nodiscard]] SystemTime system() const { return system_; }
  [[nodiscard]] RawTime raw() const { return raw_; }
  [[nodiscard]] Rate base_rate() const { return base_; }
  // What REALTIME gains on raw right now, slew included.
  [[nodiscard]] Rate rate_now() const { return base_ + slew_; }
  [[nodiscard]] Nanos offset_left() const { return to_nanos(left_); }
  [[nodiscard]] const KernelAdjustment& last() const { return last_; }
  [[nodiscard]] int steps() const { return steps_; }

  // As KernelClock::adjust: the chunk of the running second plays on, what is left is replaced.
  void adjust(const KernelAdjustment& adjustment) {
    last_ = adjustment;
    base_ = from_kernel_rate(to_kernel_rate(adjustment.rate));
    left_ = to_seconds(std::clamp(adjustment.offset, -most_kernel_offset, most_kernel_offset));
  }
  void step(Nanos advance) {
    system_ += advance;
    left_ = 0;
    slew_ = {};
    ++steps_;
  }

  void pass(Nanos raw) {
    double rest = static_cast<double>(raw.count());
    while (rest > 0) {
      const double speed = 1 + rate_now().fraction;
      const double to_second = (1e9 - nanos_of_second()) / speed;
      const double now = std::min(rest, to_second);
      advance(now * speed);
      rest -= now;
      if (now == to_second) begin_second();
    }
    raw_ += raw;
  }

 private:
  [[nodiscard]] double nanos_of_second() const {
    const auto whole = std::chrono::floor<std::chrono::seconds>(system_.since_zero);
    return static_cast<double>((system_.since_zero - whole).count()) + fraction_;
  }
  void advance(double nanos) {
    fraction_ += nanos;
    const double whole = std::floor(fraction_);
    system_ += Nanos{static_cast<std::int64_t>(whole)};
    fraction_ -= whole;
  }
  void begin_second() {
    // Rounding may leave the boundary a hair ahead: land on it.
    const auto second = std::chrono::round<std::chrono::seconds>(system_.since_zero);
    system_.since_zero = second;
    fraction_ = 0;
    const double chunk = left_ * slew_share(last_.time_constant);
    left_ -= chunk;
    slew_ = {chunk};
  }

  SystemTime system_{};
  RawTime raw_{};
  double fraction_ = 0;  // ns, of system_
  Rate base_{};
  Rate slew_{};      // this second's
  double left_ = 0;  // s, not yet given to a second
  KernelAdjustment last_{};
  int steps_ = 0;
};

}  // namespace ntp::sim
