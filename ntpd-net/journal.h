// What happens in the client role, told to its log files (logs.h has the columns). Nothing is
// computed when the log in question is not kept.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// An answer was judged.
void log_measurement(Daemon& daemon, const Source& source, const Taken& taken);
// A sample of `source` went into the ensemble; it surprised by so many standard deviations.
void log_statistics(Daemon& daemon, const Source& source, double surprise);
// The estimate was made anew, or lost.
void log_tracking(Daemon& daemon);
void log_tracking_lost(Daemon& daemon);
// The temperature was read.
void log_temperature(Daemon& daemon);
// Every source, after a selection.
void log_selection(Daemon& daemon);

}  // namespace ntp
