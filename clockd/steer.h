// The servo: from an estimate and a look at the clocks to one order for the kernel. The rate is
// the estimate's own; the error goes away as an exponential that the kernel plays by itself
// (common/os/kernel_clock.h), the curve that minimises error and frequency together
// (ALGORITHM.md section 5: 25 % better than a ramp). Pure; whether the record may be believed
// was the judge's matter.
#pragma once

#include "clockd/policy.h"
#include "common/board/records.h"
#include "common/os/kernel_clock.h"
#include "common/time/clocks.h"

namespace ntp::clockd {

// REALTIME minus the estimate at that look; positive is ahead.
[[nodiscard]] Nanos error_of(const Estimate& line, const Reading& now);

// What the kernel is still playing: the part of a second's share that was taken off the
// pending offset when the second began and is not yet in the clock. Without it, every order
// would remove that part twice.
struct Playing {
  SystemTime ordered{};
  Nanos offset{0};
  int time_constant = 0;
  Nanos share_before{0};  // of the second in which the order came
  Nanos first_error{0};   // |error| when haste began

  // Of the share of the second that runs at `now`: what is still to come.
  [[nodiscard]] Nanos to_come(SystemTime now) const;
  // The whole share of that second.
  [[nodiscard]] Nanos share_at(SystemTime now) const;
};

struct Order {
  KernelAdjustment adjustment{};
  Nanos again{0};     // look again after this long; 0 = not before the next record
  Playing playing{};  // for the next order
};

// `is_hasty`: the clock was never right since the start, see steer.cc.
[[nodiscard]] Order steer(const EstimateRecord& record, const Reading& now, const Policy& policy,
                          const Playing& before, bool is_hasty);

// Nobody speaks: `rate` goes on, nothing is slewed, and the kernel says unsynchronised.
[[nodiscard]] Order hold_over(Rate rate, const Reading& now, const Playing& playing);

}  // namespace ntp::clockd
