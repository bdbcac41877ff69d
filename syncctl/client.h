// One conversation with the daemon: a request, its checked reply, repeats with doubling
// patience, then the next address. The transport is a seam so that tests can play the daemon.
#pragma once

#include <array>
#include <expected>
#include <vector>

#include "common/control/messages.h"

namespace ntp::syncctl {

enum class Silence : std::uint8_t { timeout, refused };

class Transport {
 public:
  virtual ~Transport() = default;
  // Leaves the present address, if any, and opens the next that can be opened; false after the
  // last one (the next call starts over).
  [[nodiscard]] virtual bool open_next() = 0;
  // False when the datagram cannot have arrived.
  [[nodiscard]] virtual bool send(Octets octets) = 0;
  [[nodiscard]] virtual std::expected<Octets, Silence> receive(WritableOctets buffer,
                                                               Nanos patience) = 0;
};

enum class Trouble : std::uint8_t { no_answer, bad_reply };

struct Answer {
  control::Status status = control::Status::success;
  control::ReplyType type = control::ReplyType::null;
  std::vector<std::byte> body{};

  [[nodiscard]] control::Reply reply() const { return {status, type, body}; }
};

struct Patience {
  Nanos timeout = 1s;  // of the first try; doubles
  int retries = 2;
};

class Client {
 public:
  // REQUIRES: `transport` has an open address.
  Client(Transport& transport, Patience how_long) : patience{how_long}, transport_{&transport} {}

  // Any status is an answer; Trouble means that there was none that can be used.
  template <typename Body = control::Empty>
  [[nodiscard]] std::expected<Answer, Trouble> ask(control::Command command,
                                                   const Body& body = {}) {
    std::array<std::byte, control::longest_request> request;
    const Octets written = control::write_request(command, 0, 0, body, request);
    return converse(command, WritableOctets{request}.first(written.size()));
  }

  Patience patience;

 private:
  std::expected<Answer, Trouble> converse(control::Command command, WritableOctets request);
  std::expected<Answer, Silence> await(control::Command command, std::uint32_t sequence,
                                       Nanos patience_left);

  Transport* transport_;
};

}  // namespace ntp::syncctl
