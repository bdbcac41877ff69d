// The hardware clock as a device: whole seconds to read and to set, its battery, its tick.
// Finding the instant of a tick and deciding anything is the programs' business.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

// The seam: the kernel's /dev/rtc0, or a fake in a fake world.
class RtcDevice {
 public:
  virtual ~RtcDevice() = default;
  // Whole seconds, as UTC.
  [[nodiscard]] virtual Result<UtcTime> read() = 0;
  [[nodiscard]] virtual Result<void> set(UtcTime whole_second) = 0;
  // False when the chip cannot tell.
  [[nodiscard]] virtual bool is_battery_low() = 0;
  // Asks for an interrupt at each tick: the descriptor that is readable after one; -1 where the
  // chip or its driver cannot.
  [[nodiscard]] virtual int hear_ticks() { return -1; }
  // Whether it has ticked since the last call. REQUIRES: hear_ticks gave a descriptor.
  [[nodiscard]] virtual bool take_tick() { return false; }
  // Lets time pass.
  virtual void pause(Nanos span) = 0;
};

enum class RtcKeeps : std::uint8_t { utc, local_time };

// An error when there is no such device or somebody else has it: the kernel lets one in at a time.
[[nodiscard]] Result<std::unique_ptr<RtcDevice>> open_rtc(const std::string& path, RtcKeeps keeps);

// What `rtconutc` and the third line of /etc/adjtime ("UTC" or "LOCAL") say; UTC when neither
// speaks.
[[nodiscard]] RtcKeeps keeps_what(bool rtconutc, const std::string& hwclockfile);

}  // namespace ntp
