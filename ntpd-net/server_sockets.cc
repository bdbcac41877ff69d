// The NTP port, opened once for every worker while the supervisor may. Which worker meets a
// datagram is decided by a classic BPF program on the source address alone, so that a
// client's records and interleaved stamps stay in one place.
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "common/base/log.h"
#include "common/os/udp.h"
#include "ntpd-net/handed_ports.h"
#include "ntpd-net/server_broadcast.h"
#include "ntpd-net/server_pages.h"

namespace ntp {
namespace {

// 50 ms at 400,000 requests a second, with the kernel's own cost of about 768 octets each.
constexpr int receive_buffer = 16 << 20;
constexpr int send_buffer = 4 << 20;

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter load_network(std::uint32_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_NET_OFF) + offset);
}

// Ends every program: folds the hash in A, then A modulo `workers`.
constexpr std::array<sock_filter, 4> finish(std::uint32_t workers) {
  return {statement(BPF_ALU | BPF_MUL | BPF_K, 0x9e37'79b1),
          statement(BPF_ALU | BPF_RSH | BPF_K, 16), statement(BPF_ALU | BPF_MOD | BPF_K, workers),
          statement(BPF_RET | BPF_A, 0)};
}

Result<void> attach(int fd, std::span<sock_filter> program) {
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) != 0)
    return system_failure("cannot steer requests to workers by source address");
  return {};
}

Result<void> steer_by_source(int fd, Family family, int workers) {
  const auto tail = finish(static_cast<std::uint32_t>(workers));
  if (family == Family::ipv4) {
    std::array program{load_network(12), tail[0], tail[1], tail[2], tail[3]};
    return attach(fd, program);
  }
  // A client keeps its /64 while its interface part may change: only the network part counts.
  std::array program{load_network(8),  statement(BPF_MISC | BPF_TAX, 0),
                     load_network(12), statement(BPF_ALU | BPF_XOR | BPF_X, 0),
                     tail[0],          tail[1],
                     tail[2],          tail[3]};
  return attach(fd, program);
}

void widen_buffers(int fd) {
  for (const auto& [name, forced, size] : {std::tuple{SO_RCVBUF, SO_RCVBUFFORCE, receive_buffer},
                                           std::tuple{SO_SNDBUF, SO_SNDBUFFORCE, send_buffer}}) {
    if (::setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) == 0) continue;
    if (::setsockopt(fd, SOL_SOCKET, name, &size, sizeof size) != 0)
      log_debug("cannot widen a socket buffer");
  }
}

// Without CAP_NET_ADMIN a socket gets what net.core.rmem_max allows, which may be a hundredth.
void tell_small_buffer(int fd) {
  int octets = 0;  // the kernel doubles what it was asked for
  socklen_t length = sizeof octets;
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &length) != 0) return;
  if (octets < 2 * receive_buffer)
    log_info("The queue of requests holds {} KiB instead of {}: net.core.rmem_max is too small",
             octets / 2048, receive_buffer / 1024);
}

// Costs nothing until something was lost.
void tell_losses(int fd) {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) != 0)
    log_debug("the kernel does not tell what it had no room for");
}

Result<void> allow_broadcasts(int fd) {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0)
    return system_failure("cannot make a socket that may broadcast");
  return {};
}

// On a wildcard the kernel has to tell which address was asked, so that the answer leaves
// from it.
Result<Fd> open_one(const Endpoint& local, const Settings& settings, bool card_stamps,
                    HandedPorts& handed) {
  UdpSocket socket =
      NTP_TRY(handed.bind("server", local,
                          {.transmit_stamps = false,
                           .reuse_port = true,
                           .free_bind = true,
                           .tell_local = local.address.is_unspecified() || card_stamps,
                           .card_stamps = card_stamps,
                           .device = settings.server.binddevice,
                           .dscp = settings.dscp}));
  widen_buffers(socket.number());
  tell_losses(socket.number());
  if (!settings.server.broadcasts.empty()) NTP_TRY(allow_broadcasts(socket.number()));
  return socket.take_fd();
}

bool is_wanted(const Settings& settings, Family family, Families families) {
  if (family == Family::ipv4 ? !families.ipv4 : !families.ipv6) return false;
  const ServerSettings& server = settings.server;
  return std::ranges::any_of(server.access,
                             [&](const AccessRule& rule) {
                               return rule.allow &&
                                      (!rule.host.empty() || !rule.subnet.address.is_set() ||
                                       rule.subnet.address.family == family);
                             }) ||
         std::ranges::any_of(server.broadcasts,
                             [&](const Broadcast& each) { return each.address.family == family; });
}

// A family without bindaddress listens on its wildcard.
std::vector<Address> addresses_of(const Settings& settings, Families families) {
  std::vector<Address> addresses;
  for (const Address& any : {ipv4_any, ipv6_any}) {
    if (!is_wanted(settings, any.family, families)) continue;
    const std::size_t before = addresses.size();
    for (const Address& each : settings.server.bind_addresses)
      if (each.family == any.family) addresses.push_back(each);
    if (addresses.size() == before) addresses.push_back(any);
  }
  return addresses;
}

Result<std::vector<Fd>> open_group(const Endpoint& local, const Settings& settings, int workers,
                                   bool card_stamps, HandedPorts& handed) {
  std::vector<Fd> group;
  for (int worker = 0; worker < workers; ++worker)
    group.push_back(NTP_TRY(open_one(local, settings, card_stamps, handed)));
  if (workers > 1) NTP_TRY(steer_by_source(group[0].number(), local.address.family, workers));
  return group;
}

Result<Fd> open_listener(const Endpoint& local, HandedPorts& handed) {
  if (Fd handed_over = handed.take(port_name("nts", local)); handed_over.is_open())
    return handed_over;
  const bool ipv6 = local.address.family == Family::ipv6;
  Fd fd{::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.is_open()) return system_failure("cannot open a TCP socket");
  const int on = 1;
  if (::setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (ipv6 && ::setsockopt(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0))
    return system_failure("option of a TCP socket");
  sockaddr_storage address{};
  const socklen_t length = to_sockaddr(local, address);
  if (::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(fd.number(), 128) != 0)
    return system_failure("cannot listen at " + to_text(local));
  return fd;
}

}  // namespace

Result<std::vector<Fd>> open_nts_listeners(const Settings& settings, Families families,
                                           HandedPorts& handed) {
  std::vector<Fd> listeners;
  if (settings.nts.server_certificates.empty() || settings.nts.server_port == 0) return listeners;
  for (const Address& address : addresses_of(settings, families)) {
    auto listener = open_listener({address, settings.nts.server_port}, handed);
    if (!listener && address == ipv6_any && listener.error().code == EAFNOSUPPORT) continue;
    listeners.push_back(NTP_TRY(std::move(listener)));
  }
  return listeners;
}

Result<std::vector<std::vector<Fd>>> open_server_sockets(const Settings& settings, int workers,
                                                         Families families, bool card_stamps,
                                                         HandedPorts& handed) {
  std::vector<std::vector<Fd>> sockets(static_cast<std::size_t>(workers));
  if (settings.server.port == 0) return sockets;
  const auto addresses = addresses_of(settings, families);
  if (addresses.size() > most_server_sockets)
    return failure("too many bindaddress lines: at most 16 addresses are served");
  if (settings.server.broadcasts.size() > most_broadcasts)
    return failure("too many broadcast lines: at most 16 are followed");
  for (const Address& address : addresses) {
    auto group =
        open_group({address, settings.server.port}, settings, workers, card_stamps, handed);
    if (!group && address == ipv6_any && addresses.size() > 1 &&
        group.error().code == EAFNOSUPPORT) {
      log_info("IPv6 is not available: serving IPv4 only");
      continue;
    }
    if (!group) return std::unexpected{std::move(group).error()};
    if (address == addresses.front()) tell_small_buffer(group->front().number());
    for (std::size_t i = 0; i < group->size(); ++i) sockets[i].push_back(std::move((*group)[i]));
  }
  return sockets;
}

}  // namespace ntp
