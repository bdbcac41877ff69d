// The sockets of the monitoring protocol: the Unix datagram socket and UDP. One datagram in,
// one datagram back to where it came from. Knows no command; who may ask what is
// common/control and ntpd-net/control.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"

namespace ntp {

// Where to send the reply; opaque.
struct ReturnAddress {
  alignas(8) std::array<std::byte, 128> octets{};
  std::uint32_t length = 0;
  Address local{};  // our address that was asked (UDP)
};

struct ControlDatagram {
  Octets octets{};  // into the caller's buffer
  bool is_unix = false;
  Address from{};  // unset for the Unix socket
  ReturnAddress back{};
};

class ControlSocket {
 public:
  ControlSocket(Fd fd, bool is_unix) : fd_{std::move(fd)}, is_unix_{is_unix} {}

  // nullopt when nothing waits, or the sender left no address to answer to.
  [[nodiscard]] std::optional<ControlDatagram> receive(WritableOctets buffer);
  // Never blocks; a reply that cannot be sent is lost, as the protocol expects.
  void reply(const ReturnAddress& to, Octets octets);

  [[nodiscard]] int number() const { return fd_.number(); }
  [[nodiscard]] bool is_unix() const { return is_unix_; }

 private:
  Fd fd_;
  bool is_unix_;
};

}  // namespace ntp
