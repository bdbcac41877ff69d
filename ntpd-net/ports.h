// Everything that listens, opened while a low port may be: by the supervisor itself when it is
// started as root; under systemd by `ntpd-net --open-ports`, which may bind low ports, reads no
// packet, hands all of it over and ends, so that the daemon never holds a capability at all. What
// was not handed over, or for another address than the configuration now says, is opened here.
#pragma once

#include <vector>

#include "common/conf/settings.h"
#include "ntpd-net/handed_ports.h"
#include "ntpd-net/options.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

struct Ports {
  std::vector<Fd> control_udp{};
  std::vector<std::vector<Fd>> server{};  // a worker each; empty: nobody is served
  std::vector<Fd> peers{};                // peer_ports.h
  std::vector<Fd> nts_listeners{};
  Fd links{};  // common/os/link_notice.h
};

[[nodiscard]] Families families_of(const Options& options);
[[nodiscard]] int worker_count(const Options& options);
// What cannot be had is one log line, and everything else goes on.
[[nodiscard]] Ports open_ports(const Options& options, const Settings& settings, bool card_stamps,
                               HandedPorts handed);

// What the unit's first process left for us, which the manager then forgets.
[[nodiscard]] HandedPorts take_handed_ports();
// `--open-ports`: opens them for the unit's next process. REQUIRES: a service manager.
[[nodiscard]] Result<void> hand_over_ports(const Options& options, const Settings& settings);

}  // namespace ntp
