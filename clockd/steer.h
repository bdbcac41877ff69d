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

// The last order, and with it what the kernel is still playing: the part of a second's share that
// was taken off the pending offset when the second began and is not yet in the clock. Without it,
// every order would remove that part twice. It is not computed from the time of day, for then it
// hangs on when exactly this kernel's seconds begin, but seen: what left the pending offset less
// what the clock has gained.
struct Playing {
  Reading at{};              // when the order came
  KernelAdjustment order{};  // what it was
  Nanos before{0};           // still to come of the share before
  Nanos first_error{0};      // |error| when haste began

  // Of the running share, when so much is `pending` in the kernel.
  [[nodiscard]] Nanos to_come(const Reading& now, Nanos pending) const;
};

struct Order {
  KernelAdjustment adjustment{};
  Nanos again{0};        // look again after this long; 0 = not before the next record
  Nanos before{0};       // for the next order
  Nanos first_error{0};  // likewise

  [[nodiscard]] Playing playing(const Reading& now) const {
    return {.at = now, .order = adjustment, .before = before, .first_error = first_error};
  }
};

// `pending`: what the kernel has yet to slew. `is_hasty`: the clock was never right since the
// start, see steer.cc.
[[nodiscard]] Order steer(const EstimateRecord& record, const Reading& now, const Policy& policy,
                          const Playing& playing, Nanos pending, bool is_hasty);

// Nobody speaks: `rate` goes on, nothing is slewed, and the kernel says unsynchronised.
[[nodiscard]] Order hold_over(Rate rate);

}  // namespace ntp::clockd
