// What `peer` lines add to the client role: the socket that an equal is told the time from, and
// what it is told. The exchange is common/sync/symmetric, its pace ntpd-net/source; packets leave
// in ntpd-net/asking. Who is no peer is the server role's; a peer that asks as a client, from its
// own port, which the server role therefore never hears, is answered here by the same rules.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// Its socket open, connected to it. It stays open as long as packets come back: the peer knows us
// by our port. Ports below 1024 could be bound at the start only (peer_ports.h); a peer that
// came later gets a free one.
[[nodiscard]] Result<void> turn_to_peer(Daemon& daemon, Source& source);

// What we say of our time, as a client would hear it, and when the packet came that this answers;
// with `xleave`, and where the exchange allows it, when our packet before really left.
[[nodiscard]] Header words_to_peer(const Daemon& daemon, const Source& source, const Reading& pair);

// A request in client mode that came at `received`, to a peer's socket (NTPsec asks from the
// server's port): the answer of a server, if `allow` lets the peer ask and a MAC is right. The
// server role's client table and counters do not see it, so that `ratelimit` does not hold here.
void answer_peer(Daemon& daemon, Source& source, const Datagram& datagram, RawTime received);

}  // namespace ntp
