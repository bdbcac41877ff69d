// Who asks rtcd: listens, asks the kernel who has connected, tells observers how the hardware
// clock runs, and yields commands that may be obeyed one by one. Obeys none of them itself.
#pragma once

#include <poll.h>

#include <array>
#include <optional>
#include <span>

#include "common/base/fd.h"
#include "common/board/rtc_socket.h"

namespace ntp::rtcd {

// What observers are told.
struct RtcWord {
  std::optional<RtcTracking> known{};  // nullopt: it is not measured
  RtcRefusals refused{};
};

class Callers {
 public:
  static constexpr std::size_t most = 8;

  // `listening`: a listening SEQPACKET socket; closed: nobody can ask.
  explicit Callers(Fd listening = {}) : listening_{std::move(listening)} {}

  // Puts the listening socket and all connections at the front; how many.
  [[nodiscard]] std::size_t watch(std::span<pollfd> fds) const;

  struct Command {
    std::size_t caller = 0;
    RtcOperation operation{};
  };
  // Takes new connections, drops those that have gone, answers observers with `word`; the next
  // command that is to be obeyed and answered, nullopt when there is none.
  [[nodiscard]] std::optional<Command> next(const RtcWord& word);
  void answer(const Command& command, RtcAnswer answer);
  // After a measurement.
  void tell_observers(const RtcWord& word);

 private:
  struct Caller {
    Fd socket;
    bool is_root = false;
    bool observes = false;
  };
  void accept_one();
  [[nodiscard]] std::optional<RtcOperation> hear(Caller& caller);
  static void say(Caller& caller, const RtcReply& reply);

  Fd listening_;
  std::array<Caller, most> callers_{};
};

}  // namespace ntp::rtcd
