// The two things done with a hardware clock: find the instant of a tick, and set it so that its
// ticks fall on whole seconds. Decides nothing; the device is common/os/rtc_device.
#pragma once

#include "common/base/result.h"
#include "common/os/rtc_device.h"
#include "common/time/clocks.h"
#include "rtcd/boot.h"

namespace ntp::rtcd {

// A tick, good to some 50 us where nobody keeps us from looking closely at it, else to 1 ms; takes
// up to 2.2 s. A clock that does not tick is an error.
[[nodiscard]] Result<RtcReading> find_tick(RtcDevice& device, Clocks& clocks);

// When in a second a chip must be written: the common ones count the next second half a second
// after the write, others a whole one.
inline constexpr Nanos usual_phase = 500ms;

// Writes the time at the phase; then finds the tick and, when the chip turns out to have the
// other phase, writes again. Chips on AMD boards keep their tick whatever is written: those
// get the nearest second. The error that is left is in the reading; `phase` is what held.
struct RtcSet {
  RtcReading after{};
  Nanos phase{usual_phase};
};
[[nodiscard]] Result<RtcSet> set_rtc(RtcDevice& device, Clocks& clocks, Nanos phase);

}  // namespace ntp::rtcd
