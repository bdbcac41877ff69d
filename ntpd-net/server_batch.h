// Datagrams by the batch: one recvmmsg and one sendmmsg for up to 64 of them, in memory that
// was there from the start. Each answer leaves from the address that its request came to.
// Knows no NTP.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/base/address.h"
#include "common/base/octets.h"
#include "common/os/udp.h"
#include "common/time/instants.h"

namespace ntp {

static_assert(offsetof(sockaddr_in, sin_addr) == offsetof(sockaddr_in6, sin6_flowinfo));

class Batch {
 public:
  static constexpr std::size_t capacity = 64;
  static constexpr std::size_t datagram_room = 1536;  // longer ones are cut, and refused as ragged
  static constexpr std::size_t most_answer_octets = 128;
  static constexpr std::size_t most_long_answer = 1152;

  // `card_stamps`: departures are asked of the network card as well.
  explicit Batch(bool card_stamps);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Takes what waits on `socket`, without waiting; how many.
  [[nodiscard]] std::size_t receive(int socket);

  [[nodiscard]] Octets datagram(std::size_t i) const;
  [[nodiscard]] Endpoint from(std::size_t i) const {
    Endpoint from{.port = ntohs(from_[i].sin6_port)};  // the same place in a sockaddr_in
    const bool ipv6 = from_[i].sin6_family == AF_INET6;
    from.address.family = ipv6 ? Family::ipv6 : Family::ipv4;
    if (ipv6) std::memcpy(&from.address.octets, &from_[i].sin6_addr, 16);
    else std::memcpy(&from.address.octets, &from_[i].sin6_flowinfo, 4);  // there: sin_addr
    return from;
  }
  // The address of ours that it came to; unset when the kernel did not say.
  [[nodiscard]] Address to(std::size_t i) const;
  // When the kernel took it, on the machine's clock; nullopt when it did not say.
  [[nodiscard]] const std::optional<SystemTime>& stamp(std::size_t i) const {
    return received_[i].stamp;
  }
  // And when a network card did, on the card's clock.
  [[nodiscard]] const std::optional<CardStamp>& card_stamp(std::size_t i) const {
    return received_[i].card_stamp;
  }

  // Datagrams that `socket` had no room for, ever, modulo 2^32; as the last receive told, if it
  // did.
  [[nodiscard]] std::optional<std::uint32_t> lost_before() const { return lost_before_; }

  // Makes a place for the answer to datagram `i`; places are in order of sending. With
  // `wants_stamp` the kernel tells on the error queue when it left.
  std::size_t add_answer(std::size_t i, bool wants_stamp);
  // The same for a datagram that answers none, sent from where the socket is bound. Between
  // batches only: it takes a received one's place.
  std::size_t add_unasked(const Endpoint& to);
  [[nodiscard]] std::size_t answers() const { return answers_; }
  [[nodiscard]] WritableOctets answer_room(std::size_t place) { return out_octets_[place]; }
  // For an answer with extension fields; then set_long_answer_size.
  [[nodiscard]] WritableOctets long_answer_room(std::size_t place) { return long_octets_[place]; }
  void set_long_answer_size(std::size_t place, std::size_t size) {
    out_part_[place] = {long_octets_[place].data(), size};
  }
  // REQUIRES: size <= answer_room.
  void set_answer_size(std::size_t place, std::size_t size) {
    out_part_[place] = {out_octets_[place].data(), size};
  }

  struct Sent {
    std::size_t sent = 0;
    std::size_t failed = 0;
  };
  // Sends all answers, then forgets them.
  [[nodiscard]] Sent send(int socket);

 private:
  static constexpr std::size_t control_room = 256;

  struct Received : Stamps {
    in_pktinfo to_ipv4{};
    in6_pktinfo to_ipv6{};
    bool knows_local = false;
  };
  void read_control(std::size_t i);

  bool card_stamps_;
  std::size_t taken_ = capacity;  // entries of in_ that the last receive wrote to
  std::array<mmsghdr, capacity> in_{};
  std::array<iovec, capacity> in_part_{};
  std::array<sockaddr_in6, capacity> from_{};
  std::array<Received, capacity> received_{};
  alignas(16) std::array<std::array<std::byte, control_room>, capacity> in_control_{};
  alignas(16) std::array<std::array<std::byte, datagram_room>, capacity> in_octets_{};

  std::optional<std::uint32_t> lost_before_{};
  std::size_t answers_ = 0;
  std::array<mmsghdr, capacity> out_{};
  std::array<iovec, capacity> out_part_{};
  alignas(16) std::array<std::array<std::byte, control_room>, capacity> out_control_{};
  alignas(16) std::array<std::array<std::byte, most_answer_octets>, capacity> out_octets_{};
  // Apart, so that the usual answers stay close together; untouched it costs no memory.
  std::array<std::array<std::byte, most_long_answer>, capacity> long_octets_;
};

}  // namespace ntp
