// Sockets, options and control messages; see udp.h.
#include "common/os/udp.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <cstring>

namespace ntp {
namespace {

int domain_of(const Address& address) {
  return address.family == Family::ipv6 ? AF_INET6 : AF_INET;
}

// Options that make a socket better but without which it still works are set and not asked about.
void prefer_option(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) return;
}

Result<void> need_option(int fd, int level, int name, int value, const char* doing) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) return system_failure(doing);
  return {};
}

void ask_for_stamps(int fd, const UdpOptions& options) {
  if (!options.stamps) return;
  if (!options.transmit_stamps && !options.card_stamps)
    return prefer_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);  // a third of the octets to copy
  int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
  if (options.transmit_stamps) flags |= SOF_TIMESTAMPING_TX_SOFTWARE;
  if (options.card_stamps) {
    flags |= SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
             SOF_TIMESTAMPING_OPT_PKTINFO | SOF_TIMESTAMPING_OPT_CMSG |
             SOF_TIMESTAMPING_OPT_TX_SWHW;
    if (options.transmit_stamps) flags |= SOF_TIMESTAMPING_TX_HARDWARE;
  }
  prefer_option(fd, SOL_SOCKET, SO_TIMESTAMPING, flags);
}

// A datagram that needs fragments could be completed by somebody off the path: never fragment,
// never believe a path MTU that an ICMP message claims.
void refuse_fragments(int fd, int domain) {
  if (domain == AF_INET6) prefer_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
  else prefer_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
}

Result<Fd> open_socket(int domain, const UdpOptions& options) {
  // No SOCK_NONBLOCK|SOCK_CLOEXEC: simulators of the call refuse type flags.
  Fd fd{::socket(domain, SOCK_DGRAM, 0)};
  if (!fd.is_open()) return system_failure("cannot open a UDP socket");
  const int status = ::fcntl(fd.number(), F_GETFL);
  if (status < 0 || ::fcntl(fd.number(), F_SETFL, status | O_NONBLOCK) != 0 ||
      ::fcntl(fd.number(), F_SETFD, FD_CLOEXEC) != 0)
    return system_failure("fcntl on a UDP socket");

  if (domain == AF_INET6) {
    NTP_TRY(need_option(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"));
    if (options.tell_local) prefer_option(fd.number(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    if (options.dscp != 0) prefer_option(fd.number(), IPPROTO_IPV6, IPV6_TCLASS, options.dscp << 2);
    if (options.free_bind) prefer_option(fd.number(), IPPROTO_IPV6, IPV6_FREEBIND, 1);
  } else {
    if (options.tell_local) prefer_option(fd.number(), IPPROTO_IP, IP_PKTINFO, 1);
    if (options.dscp != 0) prefer_option(fd.number(), IPPROTO_IP, IP_TOS, options.dscp << 2);
    if (options.free_bind) prefer_option(fd.number(), IPPROTO_IP, IP_FREEBIND, 1);
  }
  refuse_fragments(fd.number(), domain);
  if (options.reuse_port)
    NTP_TRY(need_option(fd.number(), SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT"));
  if (!options.device.empty() &&
      ::setsockopt(fd.number(), SOL_SOCKET, SO_BINDTODEVICE, options.device.data(),
                   static_cast<socklen_t>(options.device.size())) != 0)
    return system_failure("cannot bind to device " + options.device);
  ask_for_stamps(fd.number(), options);
  return fd;
}

Result<void> bind_socket(int fd, const Endpoint& local) {
  sockaddr_storage address{};
  const socklen_t length = to_sockaddr(local, address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0)
    return system_failure("cannot bind to " + to_text(local));
  return {};
}

Result<void> connect_socket(int fd, const Endpoint& remote) {
  sockaddr_storage address{};
  const socklen_t length = to_sockaddr(remote, address);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0)
    return system_failure("cannot reach " + to_text(remote));
  return {};
}

bool is_set(const timespec& ts) { return ts.tv_sec != 0 || ts.tv_nsec != 0; }

SystemTime to_system_time(const timespec& ts) {
  return {std::chrono::seconds{ts.tv_sec} + Nanos{ts.tv_nsec}};
}

Address to_address(const in_addr& address) { return ipv4_address(ntohl(address.s_addr)); }
Address to_address(const in6_addr& address) {
  Address out{.family = Family::ipv6};
  std::memcpy(out.octets.data(), &address, 16);
  return out;
}

template <typename T>
bool copy_payload(const cmsghdr& cmsg, T& out) {
  if (cmsg.cmsg_len < CMSG_LEN(sizeof(T))) return false;
  std::memcpy(&out, CMSG_DATA(&cmsg), sizeof(T));
  return true;
}

void read_control_message(const cmsghdr& cmsg, Ancillary& out) {
  if (cmsg.cmsg_level == SOL_SOCKET) {
    read_stamps(cmsg, out);
  } else if (cmsg.cmsg_level == IPPROTO_IP && cmsg.cmsg_type == IP_PKTINFO) {
    in_pktinfo info{};
    if (!copy_payload(cmsg, info)) return;
    out.to = to_address(info.ipi_addr);
    out.interface = static_cast<unsigned>(info.ipi_ifindex);
  } else if (cmsg.cmsg_level == IPPROTO_IPV6 && cmsg.cmsg_type == IPV6_PKTINFO) {
    in6_pktinfo info{};
    if (!copy_payload(cmsg, info)) return;
    out.to = to_address(info.ipi6_addr);
    out.interface = static_cast<unsigned>(info.ipi6_ifindex);
  }
}

// Appends a control message that chooses the source address of a datagram.
void put_source(msghdr& message, std::span<std::byte> room, const Address& from) {
  if (!from.is_set()) return;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  cmsghdr* cmsg = CMSG_FIRSTHDR(&message);
  if (from.family == Family::ipv6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, from.octets.data(), 16);
    *cmsg = {
        .cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO};
    std::memcpy(CMSG_DATA(cmsg), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
  } else {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(ipv4_bits(from));
    *cmsg = {.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
    std::memcpy(CMSG_DATA(cmsg), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
  }
}

struct Received {
  Octets octets;
  sockaddr_storage from;
  Ancillary ancillary;
  bool cut;
};

std::optional<Received> receive_message(int fd, WritableOctets buffer, int flags) {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::byte control[512];
  Received received{};
  msghdr message{};
  message.msg_name = &received.from;
  message.msg_namelen = sizeof received.from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = ::recvmsg(fd, &message, flags);
  if (length < 0) return std::nullopt;
  if (message.msg_namelen == 0) received.from = {};
  received.octets = buffer.first(static_cast<std::size_t>(length));
  received.ancillary = read_ancillary(message);
  received.cut = (message.msg_flags & MSG_TRUNC) != 0;
  return received;
}

}  // namespace

Result<UdpSocket> UdpSocket::connect_to(const Endpoint& remote, const Endpoint& local,
                                        const UdpOptions& options) {
  UdpSocket socket{NTP_TRY(open_socket(domain_of(remote.address), options))};
  if (local.address.is_set() || local.port != 0) {
    Endpoint from = local;
    if (!from.address.is_set())
      from.address = remote.address.family == Family::ipv6 ? ipv6_any : ipv4_any;
    NTP_TRY(bind_socket(socket.number(), from));
  }
  NTP_TRY(connect_socket(socket.number(), remote));
  return socket;
}

Result<UdpSocket> UdpSocket::bind_to(const Endpoint& local, const UdpOptions& options) {
  UdpSocket socket{NTP_TRY(open_socket(domain_of(local.address), options))};
  NTP_TRY(bind_socket(socket.number(), local));
  return socket;
}

Result<void> UdpSocket::turn_to(const Endpoint& remote) {
  // First from nobody: an address of ours that was chosen for the last remote would stay.
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (::connect(fd_.number(), &nobody, sizeof nobody) != 0)
    return system_failure("cannot disconnect a socket");
  return connect_socket(fd_.number(), remote);
}

// From the discard port of this machine nothing comes; not connected, it would be offered what is
// meant for the server's sockets.
void UdpSocket::park(Family family) {
  (void)turn_to({family == Family::ipv6 ? ipv6_loopback : ipv4_loopback, 9});
}

Result<void> UdpSocket::send(Octets octets) {
  if (::send(fd_.number(), octets.data(), octets.size(), 0) < 0) return system_failure("send");
  return {};
}

Result<void> UdpSocket::send_to(Octets octets, const Endpoint& to, const Address& from) {
  sockaddr_storage address{};
  iovec part{const_cast<std::byte*>(octets.data()), octets.size()};
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(in6_pktinfo))]{};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = to_sockaddr(to, address);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  put_source(message, control, from);
  if (::sendmsg(fd_.number(), &message, 0) < 0) return system_failure("sendmsg");
  return {};
}

std::optional<Datagram> UdpSocket::receive(WritableOctets buffer) {
  const auto received = receive_message(fd_.number(), buffer, 0);
  if (!received) return std::nullopt;
  return Datagram{.octets = received->octets,
                  .from = to_endpoint(received->from),
                  .to = received->ancillary.to,
                  .stamp = received->ancillary.stamp,
                  .card_stamp = received->ancillary.card_stamp,
                  .interface = received->ancillary.interface,
                  .cut = received->cut};
}

std::optional<Departure> UdpSocket::receive_departure(WritableOctets buffer) {
  const auto received = receive_message(fd_.number(), buffer, MSG_ERRQUEUE);
  if (!received) return std::nullopt;
  const Ancillary& told = received->ancillary;
  if (!told.stamp && !told.card_stamp) return std::nullopt;
  return Departure{.stamp = told.stamp.value_or(SystemTime{}),
                   .card_stamp = told.card_stamp,
                   .octets = find_udp_payload(received->octets)};
}

Endpoint UdpSocket::local() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd_.number(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return to_endpoint(address);
}

void read_stamps(const cmsghdr& cmsg, Stamps& out) {
  if (cmsg.cmsg_level != SOL_SOCKET) return;
  if (cmsg.cmsg_type == SCM_TIMESTAMPNS) {
    timespec stamp{};
    if (copy_payload(cmsg, stamp)) out.stamp = to_system_time(stamp);
  } else if (cmsg.cmsg_type == SCM_TIMESTAMPING) {
    struct {
      timespec software, unused, card;
    } stamps{};
    static_assert(sizeof stamps == sizeof(scm_timestamping));
    if (!copy_payload(cmsg, stamps)) return;
    if (is_set(stamps.software)) out.stamp = to_system_time(stamps.software);
    if (!is_set(stamps.card)) return;
    if (!out.card_stamp) out.card_stamp.emplace();
    out.card_stamp->card = to_system_time(stamps.card).since_zero;
  } else if (cmsg.cmsg_type == SCM_TIMESTAMPING_PKTINFO) {
    scm_ts_pktinfo about{};
    if (!copy_payload(cmsg, about)) return;
    if (!out.card_stamp) out.card_stamp.emplace();
    out.card_stamp->interface = about.if_index;
    out.card_stamp->octets = about.pkt_length;
  }
}

Ancillary read_ancillary(msghdr& message) {
  Ancillary out;
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&message); cmsg != nullptr; cmsg = CMSG_NXTHDR(&message, cmsg))
    read_control_message(*cmsg, out);
  // A departing frame's card is told as the interface that it left by.
  if (out.card_stamp && out.card_stamp->card == Nanos{0}) out.card_stamp.reset();
  if (out.card_stamp && out.card_stamp->interface == 0) out.card_stamp->interface = out.interface;
  return out;
}

std::uint32_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& out) {
  out = {};
  if (endpoint.address.family == Family::ipv6) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, endpoint.address.octets.data(), 16);
    std::memcpy(&out, &in6, sizeof in6);
    return sizeof in6;
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(endpoint.port);
  if (endpoint.address.family == Family::ipv4)
    in.sin_addr.s_addr = htonl(ipv4_bits(endpoint.address));
  std::memcpy(&out, &in, sizeof in);
  return sizeof in;
}

Endpoint to_endpoint(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return {to_address(in.sin_addr), ntohs(in.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &address, sizeof in6);
    return {to_address(in6.sin6_addr), ntohs(in6.sin6_port)};
  }
  return {};
}

}  // namespace ntp
