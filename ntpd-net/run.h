// The client role's loop. Read run.cc first: it is the whole daemon on one screen.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// One turn: waits, at most `patience` if that is not negative, handles what is ready and what is
// due, publishes.
[[nodiscard]] Result<void> turn(Daemon& daemon, Nanos patience = Nanos{-1});
// Until the daemon is told to stop, or its supervisor is gone.
[[nodiscard]] Result<void> run(Daemon& daemon);

}  // namespace ntp
