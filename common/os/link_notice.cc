// Multicast groups of NETLINK_ROUTE; see link_notice.h.
#include "common/os/link_notice.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace ntp {
namespace {

constexpr unsigned groups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
constexpr int most_messages = 256;  // a wake-up; the rest wakes us again

}  // namespace

Fd open_link_notice() {
  Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (!fd.is_open()) return fd;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fd.reset();
  return fd;
}

bool take_link_notice(int fd) {
  std::array<std::byte, 64> start_of_message;  // the rest is cut off: nobody reads it
  bool any = false;
  for (int i = 0; i < most_messages; ++i) {
    const ssize_t length =
        ::recv(fd, start_of_message.data(), start_of_message.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0 && errno != ENOBUFS && errno != EINTR) break;
    any = true;
  }
  return any;
}

}  // namespace ntp
