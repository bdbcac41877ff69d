// The payload of our own datagram inside the frame that the kernel loops back with its
// transmit stamp. Split from udp.cc because it is a parser and is tested as one.
#include <cstdint>
#include <optional>

#include "common/os/udp.h"

namespace ntp {
namespace {

constexpr std::uint8_t udp_protocol = 17;
constexpr std::size_t udp_header_size = 8;

bool is_extension_header(std::uint8_t next) {
  return next == 0 || next == 43 || next == 60;  // hop-by-hop, routing, destination options
}

Octets udp_payload(Octets datagram) {
  if (datagram.size() < udp_header_size) return {};
  Cursor in{datagram};
  in.skip(4);
  const auto length = in.take<std::uint16_t>();
  if (length < udp_header_size || length > datagram.size()) return {};
  return datagram.subspan(udp_header_size, length - udp_header_size);
}

Octets ipv4_payload(Octets packet) {
  if (packet.size() < 20) return {};
  const auto first = static_cast<std::uint8_t>(packet[0]);
  const std::size_t header = (first & 0xfu) * 4u;
  if (first >> 4 != 4 || header < 20 || packet.size() < header) return {};
  if (static_cast<std::uint8_t>(packet[9]) != udp_protocol) return {};
  return udp_payload(packet.subspan(header));
}

Octets ipv6_payload(Octets packet) {
  if (packet.size() < 40 || static_cast<std::uint8_t>(packet[0]) >> 4 != 6) return {};
  auto next = static_cast<std::uint8_t>(packet[6]);
  Octets rest = packet.subspan(40);
  while (is_extension_header(next)) {
    if (rest.size() < 8) return {};
    const std::size_t size = (static_cast<std::size_t>(rest[1]) + 1) * 8;
    if (rest.size() < size) return {};
    next = static_cast<std::uint8_t>(rest[0]);
    rest = rest.subspan(size);
  }
  return next == udp_protocol ? udp_payload(rest) : Octets{};
}

Octets ip_payload(Octets packet) {
  const Octets payload = ipv4_payload(packet);
  return payload.empty() ? ipv6_payload(packet) : payload;
}

// What follows the Ethernet header and its VLAN tags; nullopt when it is not IP.
std::optional<Octets> strip_ethernet(Octets frame) {
  std::size_t at = 12;
  for (int tags = 0; tags < 3 && at + 2 <= frame.size(); ++tags, at += 4) {
    const auto type = static_cast<unsigned>(frame[at]) << 8 | static_cast<unsigned>(frame[at + 1]);
    if (type == 0x0800 || type == 0x86dd) return frame.subspan(at + 2);
    if (type != 0x8100 && type != 0x88a8) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Octets find_udp_payload(Octets frame) {
  if (const auto packet = strip_ethernet(frame)) {
    const Octets payload = ip_payload(*packet);
    if (!payload.empty()) return payload;
  }
  return ip_payload(frame);  // tunnels and some devices loop the bare packet
}

}  // namespace ntp
