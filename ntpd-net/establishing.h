// Sources with `nts`: asking the nts role for keys and taking what it brings. The state of one
// source is nts_client.h, its packets asking.h.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// The source at `place` has no keys: asks for some if it may, and says when to look again.
void establish_keys(Daemon& daemon, int place);
// Answers that wait on the channel: keys, or why there are none.
void take_keys(Daemon& daemon);

}  // namespace ntp
