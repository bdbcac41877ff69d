// See control_socket.h.
#include "ntpd-net/control_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "common/os/udp.h"

namespace ntp {

std::optional<ControlDatagram> ControlSocket::receive(WritableOctets buffer) {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::byte control[512];
  sockaddr_storage from{};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = ::recvmsg(fd_.number(), &message, MSG_DONTWAIT);
  if (length < 0) return std::nullopt;

  ControlDatagram datagram{.octets = buffer.first(static_cast<std::size_t>(length)),
                           .is_unix = is_unix_};
  static_assert(sizeof from <= sizeof datagram.back.octets);
  datagram.back.length = std::min<std::uint32_t>(message.msg_namelen, sizeof from);
  std::memcpy(datagram.back.octets.data(), &from, datagram.back.length);
  if (!is_unix_) {
    datagram.from = to_endpoint(from).address;
    datagram.back.local = read_ancillary(message).to;
  }
  return datagram;
}

void ControlSocket::reply(const ReturnAddress& to, Octets octets) {
  if (to.length <= sizeof(sa_family_t) || octets.empty()) return;  // an unbound Unix socket asked
  if (::sendto(fd_.number(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(to.octets.data()), to.length) < 0)
    return;
}

}  // namespace ntp
