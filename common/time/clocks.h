// The seam between the programs and the machine's clocks: production reads the kernel,
// the simulator reads its world. One interface, so that every daemon can be told the time.
#pragma once

#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

// One look at two clocks at once: `system` was shown at `raw`, give or take `window`/2.
struct Reading {
  RawTime raw{};
  SystemTime system{};
  Nanos window{0};  // raw time that the look took, >= 0
};

class Clocks {
 public:
  virtual ~Clocks() = default;
  // The tightest of a few bracketed reads (raw, system, raw).
  [[nodiscard]] virtual Reading read() = 0;
  [[nodiscard]] virtual RawTime raw_now() = 0;
  // For timers only: CLOCK_MONOTONIC.
  [[nodiscard]] virtual MonotonicTime monotonic_now() = 0;
};

}  // namespace ntp
