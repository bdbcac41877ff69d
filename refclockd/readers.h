// Who reads the ring: listens, asks the kernel who has connected, hands the ring to those who may
// have it and rings their bells. The one word that they can say is that logs are opened again.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <array>
#include <span>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp::refclockd {

class Readers {
 public:
  static constexpr std::size_t most = 8;

  // `listening`: a listening SEQPACKET socket. Root may always read.
  Readers(Fd listening, uid_t allowed) : listening_{std::move(listening)}, allowed_{allowed} {}

  // Puts the listening socket and all connections at the front; how many.
  [[nodiscard]] std::size_t watch(std::span<pollfd> fds) const;
  // Takes a new connection and drops those that have gone. True: one asks for a fresh log.
  [[nodiscard]] bool serve(const Fd& ring);
  // After a publication.
  void ring_bells();
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  [[nodiscard]] bool is_allowed(const Fd& connection) const;

  Fd listening_;
  uid_t allowed_;
  std::array<Fd, most> connections_{};
  std::size_t refused_ = 0;
};

}  // namespace ntp::refclockd
