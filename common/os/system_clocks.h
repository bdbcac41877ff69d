// The machine's clocks through the vDSO: CLOCK_MONOTONIC_RAW, CLOCK_REALTIME and
// CLOCK_MONOTONIC. Reads only; setting is common/os/kernel_clock.
#pragma once

#include "common/time/clocks.h"

namespace ntp {

class SystemClocks final : public Clocks {
 public:
  [[nodiscard]] Reading read() override;
  [[nodiscard]] RawTime raw_now() override;
  [[nodiscard]] MonotonicTime monotonic_now() override;
};

}  // namespace ntp
