// The packets of the client role: one request out of a fresh socket, its departure stamp, its
// answer in. A datagram becomes a sample here and goes to the ensemble. Decides nothing about
// time: that is common/sync.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// Sends a request to the source at `place`.
void ask(Daemon& daemon, int place);
// Reads departure stamps and answers that wait on its socket.
void take_answers(Daemon& daemon, const Wake& wake);
// Gives up the open request.
void give_up(Daemon& daemon, int place);
// Samples that wait in refclockd's ring.
void take_reference_samples(Daemon& daemon);

// Reads the network cards' clocks that are due, and tells the server role of their stamps.
void read_cards(Daemon& daemon);

}  // namespace ntp
