// Root's file of leap seconds, looked at again while the clock is steered: a process of its own,
// for the steerer opens no file, and one more that starts it again. They belong to the steerer and
// end with it; without rights, they read that one file twice a day, or when told by SIGHUP, and
// tell the steerer of the next leap through a channel that was made before. Whatever they say moves
// no clock but by one second at the end of a day.
#pragma once

#include "clockd/starter/start.h"
#include "common/os/sandbox.h"

namespace ntp::clockd {

// The steerer's end of the channel; closed where no file is configured. In the new process it never
// returns, and closes what is in `started`, `others`. REQUIRES: the process that becomes the
// steerer calls it.
[[nodiscard]] Result<Fd> start_leap_reader(const ClockSettings& settings, Started& started,
                                           std::span<Fd* const> others, Filter filter);

}  // namespace ntp::clockd
