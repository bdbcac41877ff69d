// What the client role hears from its supervisor and tells it at its end. The supervisor's side
// is supervisor.h; the messages are office.h.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// New sources, new keys, or the end.
void hear_office(Daemon& daemon);
// Last words: the drift, and why.
void leave(Daemon& daemon);

}  // namespace ntp
