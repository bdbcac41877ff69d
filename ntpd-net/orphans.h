// `local orphan`: servers of one network that agree on a leader when no real time is left. A
// source at our orphan stratum or below it serves nobody's time but its own network's: it is
// put aside, but for the one with the smallest reference id, and that only if it is smaller
// than our own and nobody serves real time. So the smallest serves its own clock and the others
// follow it; the rule is chrony's, and its servers take part.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// After a sample or a change: who is an orphan now, told to the ensemble.
void sort_orphans(Daemon& daemon);

}  // namespace ntp
