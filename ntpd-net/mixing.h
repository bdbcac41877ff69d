// authselectmode among the sources as they are now: those of the configuration, those that
// commands added, and names without an address yet. What a source's options come to is worked
// out from what the operator said of it, which stays as it is: both are in `selectdata`. The rule
// is common/conf/authselect.
#pragma once

#include "common/conf/authselect.h"
#include "ntpd-net/daemon.h"

namespace ntp {

[[nodiscard]] AuthSelection mixture_of(const Daemon& daemon);

// Sources or options may have changed: what they come to now, told to the ensemble.
void mix_sources(Daemon& daemon);

}  // namespace ntp
