// Control messages: the kernel's receive stamp and our own address in, our address and the
// wish for a transmit stamp out.
#include "ntpd-net/server_batch.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include <algorithm>
#include <cstring>

#include "common/os/udp.h"

namespace ntp {
namespace {

// Appends one control message; `used` moves on.
template <typename T>
void put_control(std::span<std::byte> room, std::size_t& used, int level, int type,
                 const T& value) {
  const cmsghdr header{.cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = level, .cmsg_type = type};
  ENSURE(used + CMSG_SPACE(sizeof value) <= room.size());
  std::memcpy(room.data() + used, &header, sizeof header);
  std::memcpy(room.data() + used + CMSG_LEN(0), &value, sizeof value);
  used += CMSG_SPACE(sizeof value);
}

bool is_multicast(const in6_addr& address) { return address.s6_addr[0] == 0xff; }

}  // namespace

Batch::Batch(bool card_stamps) : card_stamps_{card_stamps} {
  for (std::size_t i = 0; i < capacity; ++i) {
    in_part_[i] = {in_octets_[i].data(), datagram_room};
    in_[i].msg_hdr.msg_name = &from_[i];
    in_[i].msg_hdr.msg_iov = &in_part_[i];
    in_[i].msg_hdr.msg_iovlen = 1;
    in_[i].msg_hdr.msg_control = in_control_[i].data();
    out_[i].msg_hdr.msg_iov = &out_part_[i];
    out_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::size_t Batch::receive(int socket) {
  answers_ = 0;
  lost_before_.reset();
  for (std::size_t i = 0; i < taken_; ++i) {
    in_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    in_[i].msg_hdr.msg_controllen = control_room;
  }
  const int count = ::recvmmsg(socket, in_.data(), capacity, MSG_DONTWAIT, nullptr);
  const auto taken = static_cast<std::size_t>(std::max(count, 0));
  taken_ = std::min(taken + 1, capacity);  // the one that failed may be half written
  for (std::size_t i = 0; i < taken; ++i) read_control(i);
  return taken;
}

void Batch::read_control(std::size_t i) {
  Received& received = received_[i];
  received.stamp.reset();
  received.card_stamp.reset();
  received.knows_local = false;
  msghdr& message = in_[i].msg_hdr;
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&message); cmsg != nullptr;
       cmsg = CMSG_NXTHDR(&message, cmsg)) {
    if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t lost;
      std::memcpy(&lost, CMSG_DATA(cmsg), sizeof lost);
      lost_before_ = lost;
    } else if (cmsg->cmsg_level == SOL_SOCKET) {
      read_stamps(*cmsg, received);
    } else if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
      std::memcpy(&received.to_ipv4, CMSG_DATA(cmsg), sizeof received.to_ipv4);
      received.knows_local = true;
    } else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
      std::memcpy(&received.to_ipv6, CMSG_DATA(cmsg), sizeof received.to_ipv6);
      received.knows_local = !is_multicast(received.to_ipv6.ipi6_addr);
    }
  }
}

Octets Batch::datagram(std::size_t i) const {
  return Octets{in_octets_[i]}.first(std::min<std::size_t>(in_[i].msg_len, datagram_room));
}

Address Batch::to(std::size_t i) const {
  const Received& received = received_[i];
  if (!received.knows_local) return {};
  if (from_[i].sin6_family == AF_INET)
    return ipv4_address(ntohl(received.to_ipv4.ipi_spec_dst.s_addr));
  Address address{.family = Family::ipv6};
  std::memcpy(&address.octets, &received.to_ipv6.ipi6_addr, sizeof address.octets);
  return address;
}

std::size_t Batch::add_answer(std::size_t i, bool wants_stamp) {
  const std::size_t place = answers_++;
  msghdr& message = out_[place].msg_hdr;
  message.msg_name = &from_[i];
  message.msg_namelen = in_[i].msg_hdr.msg_namelen;
  std::size_t used = 0;
  const std::span<std::byte> room{out_control_[place]};
  if (received_[i].knows_local) {
    if (from_[i].sin6_family == AF_INET) {
      in_pktinfo local{};
      local.ipi_spec_dst = received_[i].to_ipv4.ipi_spec_dst;
      put_control(room, used, IPPROTO_IP, IP_PKTINFO, local);
    } else {
      in6_pktinfo local{};
      local.ipi6_addr = received_[i].to_ipv6.ipi6_addr;
      put_control(room, used, IPPROTO_IPV6, IPV6_PKTINFO, local);
    }
  }
  if (wants_stamp) {
    std::uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;
    if (card_stamps_) flags |= SOF_TIMESTAMPING_TX_HARDWARE;
    put_control(room, used, SOL_SOCKET, SO_TIMESTAMPING, flags);
  }
  message.msg_control = used == 0 ? nullptr : room.data();
  message.msg_controllen = used;
  return place;
}

std::size_t Batch::add_unasked(const Endpoint& to) {
  const std::size_t place = answers_++;
  sockaddr_storage address{};
  msghdr& message = out_[place].msg_hdr;
  message.msg_namelen = to_sockaddr(to, address);
  std::memcpy(&from_[place], &address, sizeof from_[place]);
  message.msg_name = &from_[place];
  message.msg_control = nullptr;
  message.msg_controllen = 0;
  return place;
}

Batch::Sent Batch::send(int socket) {
  Sent result;
  std::size_t next = 0;
  while (next < answers_) {
    const int count = ::sendmmsg(socket, out_.data() + next, static_cast<unsigned>(answers_ - next),
                                 MSG_DONTWAIT);
    if (count > 0) {
      result.sent += static_cast<std::size_t>(count);
      next += static_cast<std::size_t>(count);
    } else {
      ++result.failed;  // this one alone: the rest is tried
      ++next;
    }
  }
  answers_ = 0;
  return result;
}

}  // namespace ntp
