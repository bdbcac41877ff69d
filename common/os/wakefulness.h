// Signs that the machine's clocks were interfered with: time spent asleep, a set CLOCK_REALTIME,
// the clocksource in use. Only observes. What a kernel or a simulator lacks is simply not seen.
#pragma once

#include <optional>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/time/instants.h"

namespace ntp {

// How long the machine was suspended since it started (BOOTTIME minus MONOTONIC).
[[nodiscard]] std::optional<Nanos> time_asleep();

// A timer descriptor that becomes readable when CLOCK_REALTIME is set; closed when not to be had.
[[nodiscard]] Fd open_step_notice();
// Consumes it: true if the clock was set.
[[nodiscard]] bool take_step_notice(int fd);

// The kernel's file with the name of the clocksource; closed when not to be had.
[[nodiscard]] Fd open_clocksource();
// Its present content, at most `room`; empty when it cannot be read.
[[nodiscard]] Octets read_clocksource(int fd, WritableOctets room);

}  // namespace ntp
