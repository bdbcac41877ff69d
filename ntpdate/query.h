// Asks the servers and fills in what they said: a request every two seconds to each, kernel
// stamps, the on-wire tests of common/sync/exchange. Runs in the child that holds nothing. Does
// not choose among the servers.
#pragma once

#include <span>

#include "common/base/result.h"
#include "common/os/udp.h"
#include "common/time/clocks.h"
#include "common/wire/authenticator.h"
#include "ntpdate/choice.h"
#include "ntpdate/options.h"
#include "ntpdate/report.h"

namespace ntp::ntpdate {

// The sockets bound to port 123, opened while there was privilege; closed ones mean that every
// request gets a socket with a port of its own.
struct PortSockets {
  UdpSocket ipv4{};
  UdpSocket ipv6{};

  [[nodiscard]] bool are_open() const { return ipv4.is_open() || ipv6.is_open(); }
};
[[nodiscard]] Result<PortSockets> bind_ntp_port();

// How many samples a server is asked for before it counts as done. Without -p two do when the
// network is near (10 ms), else four.
[[nodiscard]] bool is_enough(const Asked& asked, const Options& options);

struct QueryTools {
  const Options& options;
  const Speaker& speaker;
  Clocks& clocks;
  const Key* key = nullptr;  // nullptr: unauthenticated
  PortSockets& port;
};
// Ends when every server has its samples, has used up its requests or told us to stop.
[[nodiscard]] Result<void> query(std::span<Asked> servers, const QueryTools& tools);

}  // namespace ntp::ntpdate
