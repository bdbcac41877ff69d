// How a program talks to clockd: one SOCK_SEQPACKET connection to <rundir>/clockd/clockd.sock,
// fixed 32-byte requests and replies; the kernel says who we are. Hands over a ring, asks for
// the status page, passes on root's commands. Never blocks longer than a second.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

enum class ClockOperation : std::uint8_t {
  offer_ring = 1,        // feeder: descriptor attached, first = session
  ring_bell = 2,         // feeder: something was published; no reply
  observe = 3,           // anyone: reply carries the status page's descriptor
  make_step = 4,         // root: step to the estimate now, whatever the policy
  change_step_gate = 5,  // root: makestep THRESHOLD LIMIT: first = threshold ns, second = limit
  adjust_offset = 6,     // root: doffset: first = ns by which the clock is to be advanced, slewed
  adjust_rate = 7,       // root: dfreq: first = 1e-15 by which the clock is to run faster
  relearn = 8,           // root: forget what was learnt: the next records set a new corridor
  know_leap = 9,         // root: the next leap second: first = ns of the first second after it,
                         // second = +1 inserted, -1 removed, 0 none
};

enum class ClockAnswer : std::uint8_t {
  done = 1,
  not_allowed = 2,  // wrong user for the operation
  malformed = 3,    // not a request, or a descriptor that is no ring
  no_estimate = 4,  // nothing to step to
  out_of_range = 5,
  dry_run = 6,  // clockd runs with -x: said, not done
  failed = 7,   // the kernel refused
};

struct ClockRequest {
  ClockOperation operation{};
  std::int64_t first = 0;
  std::int64_t second = 0;
};
struct ClockReply {
  ClockAnswer answer{};
  std::int64_t first = 0;  // make_step: ns by which the clock was advanced
};

inline constexpr std::size_t clock_message_size = 32;
using ClockMessage = std::array<std::byte, clock_message_size>;

[[nodiscard]] ClockMessage encode(const ClockRequest& request);
[[nodiscard]] ClockMessage encode(const ClockReply& reply);
// Exact size, magic, known enum, reserved zero; nothing else is believed.
[[nodiscard]] Result<ClockRequest> decode_request(Octets message);
[[nodiscard]] Result<ClockReply> decode_reply(Octets message);

// In words, for people.
[[nodiscard]] const char* describe(ClockAnswer answer);

// <rundir>/clockd/clockd.sock
[[nodiscard]] std::string clock_socket_path(const std::string& run_directory);

class ClockSocket {
 public:
  [[nodiscard]] static Result<ClockSocket> connect(const std::string& path);

  // Gives clockd our ring. REQUIRES: `ring` is EstimateWriter::fd().
  [[nodiscard]] Result<void> offer(const Fd& ring, std::uint64_t session);
  // The status page, for StatusReader::adopt.
  [[nodiscard]] Result<Fd> observe();
  // A command and its answer.
  [[nodiscard]] Result<ClockReply> ask(const ClockRequest& request);
  // After every publish: wakes clockd. Never blocks; false when clockd has gone.
  [[nodiscard]] bool ring_bell();
  // For poll(2): readable or hung up means that clockd has gone.
  [[nodiscard]] const Fd& fd() const { return socket_; }

 private:
  explicit ClockSocket(Fd socket) : socket_{std::move(socket)} {}
  Fd socket_;
};

}  // namespace ntp
