// clockd's end of its one socket: who is connected, and what one message says. A visitor who
// floods is not heard again before the next second; whoever has no right to hand descriptors
// in never gets one into this process. What a request does is clockd/daemon.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <array>
#include <optional>
#include <span>

#include "common/base/fd.h"
#include "common/board/clock_socket.h"
#include "common/time/instants.h"

namespace ntp::clockd {

struct Visitor {
  Fd socket;
  uid_t uid = 0;  // who connected, says the kernel
  std::uint64_t arrival = 0;
  int heard = 0;  // messages this second
  bool is_feeder = false;
};

struct Message {
  ClockRequest request{};
  Fd descriptor;  // offer_ring only
};

enum class Heard : std::uint8_t { message, nonsense, nothing, gone };

// Takes one message; a descriptor comes in only if the visitor `may_hand_in` one.
[[nodiscard]] Heard hear(const Visitor& visitor, bool may_hand_in, Message& message);

// Answers, with a descriptor if `descriptor` >= 0. A visitor who does not read loses answers.
void answer(const Fd& socket, const ClockReply& reply, int descriptor = -1);

class Visitors {
 public:
  static constexpr std::size_t most = 16;
  static constexpr std::size_t most_fds = most + 1;  // and the listener

  // `leaps`: who tells of root's file of leap seconds; speaks as root, makes room for nobody.
  explicit Visitors(Fd listener, Fd leaps = {})
      : listener_{std::move(listener)}, visitors_{{{std::move(leaps), 0, UINT64_MAX}}} {}

  // What to wait for now; valid until the next change.
  [[nodiscard]] std::span<pollfd> waiting();
  // True if somebody is not heard before the next second.
  [[nodiscard]] bool is_anyone_muted() const;
  void begin_second();

  // Admits everybody who waits; the oldest one makes room, never the feeder.
  void admit();
  // The visitor of place `i` if he has something to say, and is not muted.
  [[nodiscard]] const Visitor* ready(std::size_t i);
  void mark_feeder(std::size_t i);
  void dismiss(std::size_t i);

 private:
  [[nodiscard]] Visitor& make_room();

  Fd listener_;
  std::array<Visitor, most> visitors_{};
  std::array<pollfd, most_fds> fds_{};
  std::uint64_t arrivals_ = 0;
  int admitted_ = 0;  // this second
};

}  // namespace ntp::clockd
