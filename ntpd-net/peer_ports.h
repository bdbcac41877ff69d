// Sockets on the server's port for `peer` lines, bound by the supervisor while that is allowed: an
// equal knows us by our port. They are the client role's; each hears nobody until it is turned to
// its peer, and then that peer alone, whose packets the server role sees no more.
#pragma once

#include <vector>

#include "common/base/fd.h"
#include "common/conf/settings.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

class HandedPorts;  // handed_ports.h

// One a peer and family that its line may come to. What cannot be bound is warned of: such a
// peer is told from another port. None with `port 0`.
[[nodiscard]] std::vector<Fd> open_peer_ports(const Settings& settings, Families families,
                                              HandedPorts& handed);

}  // namespace ntp
