// The kernel's word that a link, an address or a route has changed: a route netlink socket whose
// messages are drained and never parsed. What the change means is found by asking the kernel
// for a route again (UdpSocket::connect_to), so that no format of netlink is believed here.
#pragma once

#include "common/base/fd.h"

namespace ntp {

// Readable after a change; not open where the kernel offers none.
// REQUIRES: before confinement, for it needs a netlink socket.
[[nodiscard]] Fd open_link_notice();
// Drains what waits; true when there was anything, also when messages were lost.
[[nodiscard]] bool take_link_notice(int fd);

}  // namespace ntp
