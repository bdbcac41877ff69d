// See peer_ports.h.
#include "ntpd-net/peer_ports.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/os/udp.h"
#include "ntpd-net/handed_ports.h"

namespace ntp {
namespace {

bool may_come_to(const SourceSettings& peer, Family family) {
  if (const auto literal = parse_address(peer.name)) return literal->family == family;
  return peer.family == Family::none || peer.family == family;
}

Result<Fd> open_port(const Settings& settings, const Address& any, HandedPorts& handed) {
  const auto& chosen = settings.server.bind_addresses;
  const auto bound = std::ranges::find(chosen, any.family, &Address::family);
  const Address address = bound == chosen.end() ? any : *bound;
  if (Fd fd = handed.take(port_name("peer", {any, settings.server.port})); fd.is_open()) return fd;
  UdpSocket socket = NTP_TRY(
      UdpSocket::bind_to({address, settings.server.port}, {.reuse_port = true,
                                                           .free_bind = true,
                                                           .device = settings.server.binddevice,
                                                           .dscp = settings.dscp}));
  socket.park(any.family);
  return socket.take_fd();
}

}  // namespace

std::vector<Fd> open_peer_ports(const Settings& settings, Families families, HandedPorts& handed) {
  std::vector<Fd> ports;
  if (settings.server.port == 0) return ports;
  for (const SourceSettings& source : settings.sources) {
    if (source.kind != SourceKind::peer) continue;
    for (const Address& any : {ipv4_any, ipv6_any}) {
      const bool wanted = any.family == Family::ipv4 ? families.ipv4 : families.ipv6;
      if (!wanted || !may_come_to(source, any.family)) continue;
      if (auto port = open_port(settings, any, handed)) ports.push_back(*std::move(port));
      else log_warning("peer {}: {}", source.name, port.error().message);
    }
  }
  return ports;
}

}  // namespace ntp
