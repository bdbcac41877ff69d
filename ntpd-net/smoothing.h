// Served time that never jumps (`smoothtime`): what the true line jumps by is taken up and given
// back slowly, so that clients see one server whose clock is a little slow or fast for a while.
// With `leaponly` the only jump taken up is a leap second: the smear that several servers can
// agree on. Pure: is told the raw time, changes no clock, touches nothing but its own offset.
//
// The offset (served minus true) goes to zero by three parabolas: its rate changes by the
// largest wander up to a peak, stays there only if the peak would pass the largest frequency, and
// returns to zero as it came. With offset s, rate f and wander a, the peak p of the way without
// a plateau follows from the area under the rate: p^2 / a - f^2 / 2a = -s.
#pragma once

#include "common/conf/settings.h"
#include "common/time/instants.h"

namespace ntp {

class Smoothing {
 public:
  explicit Smoothing(const SmoothTime& settings);

  // `leaponly` is active from the start; else it begins when the rate is well known, or by command.
  [[nodiscard]] bool is_active() const { return active_; }
  [[nodiscard]] bool is_leap_only() const { return settings_.leaponly; }
  void activate(RawTime now);
  // Serves the true time at once; stays active.
  void reset(RawTime now);
  // The rate is known to `skew`: is that well enough to begin?
  void consider(Rate skew, RawTime now);

  // The true line jumped: what is served must not. `jump`: true time after minus before.
  void absorb(Nanos jump, RawTime now);

  // Served minus true at `t`, not before the last change.
  [[nodiscard]] Nanos offset_at(RawTime t) const;
  // ... and how fast it changes, and how fast that changes, 1/s.
  [[nodiscard]] Rate rate_at(RawTime t) const;
  [[nodiscard]] double wander_at(RawTime t) const;
  [[nodiscard]] Nanos remaining(RawTime t) const;
  [[nodiscard]] RawTime changed() const { return begun_; }

 private:
  struct State {
    double offset = 0, rate = 0, wander = 0;  // s, s/s, s/s^2
  };
  [[nodiscard]] State at(RawTime t) const;
  void plan();

  SmoothTime settings_;
  bool active_;
  RawTime begun_{};
  double offset_ = 0, rate_ = 0;   // at `begun_`
  double wander_ = 0;              // of the first stage; the third's is the opposite
  double lengths_[3] = {0, 0, 0};  // s
};

}  // namespace ntp
