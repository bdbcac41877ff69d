// See ports.h. A name in the manager's store says all that is needed to find a socket again, so
// that one which the last start left behind is as good as a new one.
#include "ntpd-net/ports.h"

#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "common/base/log.h"
#include "common/os/link_notice.h"
#include "ntpd-net/peer_ports.h"

namespace ntp {
namespace {

constexpr int most_default_workers = 4;  // more only cost memory before millions of clients come
constexpr std::string_view links_name = "links";

std::vector<Fd> open_control_udp(const Settings& settings, Families families, HandedPorts& handed) {
  std::vector<Fd> fds;
  if (settings.control.port == 0) return fds;
  const UdpOptions options{.stamps = false, .device = settings.control.bind_device};
  for (const Address& address : command_addresses(settings)) {
    const bool wanted = address.family == Family::ipv4 ? families.ipv4 : families.ipv6;
    if (!wanted) continue;
    auto socket = handed.bind("control", {address, settings.control.port}, options);
    if (socket) fds.push_back(socket->take_fd());
    else if (address != ipv6_loopback)  // a machine without IPv6 is no news
      log_warning("No UDP port for commands: {}", socket.error().message);
  }
  return fds;
}

Endpoint local_of(const Fd& fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd.number(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return to_endpoint(address);
}

// A parked socket (UdpSocket::park) says nothing of where it was bound but its family and port.
Endpoint any_of(const Endpoint& local) {
  return {local.address.family == Family::ipv6 ? ipv6_any : ipv4_any, local.port};
}

}  // namespace

Families families_of(const Options& options) {
  return {.ipv4 = !options.only_ipv6, .ipv6 = !options.only_ipv4};
}

int worker_count(const Options& options) {
  if (options.workers > 0) return std::min(options.workers, most_workers);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, most_default_workers);
}

Ports open_ports(const Options& options, const Settings& settings, bool card_stamps,
                 HandedPorts handed) {
  const Families families = families_of(options);
  Ports ports{.control_udp = open_control_udp(settings, families, handed)};
  auto server = open_server_sockets(settings, worker_count(options), families, card_stamps, handed);
  if (!server) log_warning("Nobody can be served: {}", server.error().message);
  else if (!server->front().empty()) ports.server = *std::move(server);
  ports.peers = open_peer_ports(settings, families, handed);
  if (!ports.server.empty()) {
    auto listeners = open_nts_listeners(settings, families, handed);
    if (listeners) ports.nts_listeners = *std::move(listeners);
    else log_warning("No NTS server: {}", listeners.error().message);
  }
  ports.links = handed.take(links_name);
  if (!ports.links.is_open()) ports.links = open_link_notice();
  return ports;
}

HandedPorts take_handed_ports() {
  std::vector<KeptFd> kept = take_kept_fds();
  if (kept.empty()) return {};
  // Held by us alone from now on: a port that we close is closed.
  if (const auto store = FdStore::open()) {
    for (const KeptFd& each : kept)
      if (const auto done = store->forget(each.name); !done)
        log_warning("{}", done.error().message);
  }
  return HandedPorts{std::move(kept)};
}

Result<void> hand_over_ports(const Options& options, const Settings& settings) {
  const FdStore store = NTP_TRY(FdStore::open());
  const Ports ports = open_ports(options, settings, !settings.hwtimestamps.empty(), {});
  const auto hand = [&](std::string_view use, const std::vector<Fd>& sockets) -> Result<void> {
    for (const Fd& each : sockets) NTP_TRY(store.keep(port_name(use, local_of(each)), each));
    return {};
  };
  NTP_TRY(hand("control", ports.control_udp));
  for (const auto& worker : ports.server) NTP_TRY(hand("server", worker));
  for (const Fd& each : ports.peers)
    NTP_TRY(store.keep(port_name("peer", any_of(local_of(each))), each));
  NTP_TRY(hand("nts", ports.nts_listeners));
  if (ports.links.is_open()) NTP_TRY(store.keep(links_name, ports.links));
  return store.wait();
}

}  // namespace ntp
