// The control doors: a datagram of the monitoring protocol in, its answer out. Who may ask what
// is decided here and in common/control; what is answered is report.h (reading) and command.h
// (changing).
#pragma once

#include "common/control/messages.h"
#include "ntpd-net/daemon.h"

namespace ntp {

// Answers what waits at `door`, a bounded number of datagrams.
void answer_commands(Daemon& daemon, int door);

// The octets of the reply to a request that was let in; empty: send nothing.
[[nodiscard]] Octets answer(Daemon& daemon, const control::Request& request, WritableOctets out);

}  // namespace ntp
