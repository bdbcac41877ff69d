// The changes that the monitoring protocol may ask of the network side: sources come, go, go
// on and off line, are asked faster or slower; access is widened or narrowed. What moves the
// clock is not among them: that goes to clockd, from root only.
#pragma once

#include "common/control/messages.h"
#include "ntpd-net/daemon.h"

namespace ntp {

// Does what `request` says; a change that we know but do not offer is `not_enabled` or `failed`.
[[nodiscard]] control::Status obey(Daemon& daemon, const control::Request& request);

}  // namespace ntp
