// The hardware clock: a device that counts whole seconds, and the two things done with it - find
// the instant of a tick, and set it so that its ticks fall on whole seconds. Decides nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/time/clocks.h"
#include "rtcd/boot.h"

namespace ntp::rtcd {

// The seam: the kernel's /dev/rtc0, or a fake in a fake world.
class RtcDevice {
 public:
  virtual ~RtcDevice() = default;
  // Whole seconds, as UTC.
  [[nodiscard]] virtual Result<UtcTime> read() = 0;
  [[nodiscard]] virtual Result<void> set(UtcTime whole_second) = 0;
  // False when the chip cannot tell.
  [[nodiscard]] virtual bool is_battery_low() = 0;
  // Lets time pass.
  virtual void pause(Nanos span) = 0;
};

enum class RtcKeeps : std::uint8_t { utc, local_time };

// nullopt-like: an error when there is no such device. The descriptor stays open for good.
[[nodiscard]] Result<std::unique_ptr<RtcDevice>> open_rtc(const std::string& path, RtcKeeps keeps);

// What `rtconutc` and the third line of /etc/adjtime ("UTC" or "LOCAL") say; UTC when neither
// speaks.
[[nodiscard]] RtcKeeps keeps_what(bool rtconutc, const std::string& hwclockfile);

// Reads until the second changes, at most 1.2 s, a look a millisecond: good to about 1 ms. A
// clock that does not tick is an error.
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
