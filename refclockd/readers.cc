// A reader that does not read its bells loses bells; one that says anything but its one word is
// hung up on.
#include "refclockd/readers.h"

#include <sys/socket.h>

#include <algorithm>

#include "common/board/sample_board.h"

namespace ntp::refclockd {
std::size_t Readers::watch(std::span<pollfd> fds) const {
  std::size_t count = 0;
  fds[count++] = {.fd = listening_.number(), .events = POLLIN, .revents = 0};
  for (const Fd& connection : connections_) {
    if (connection.is_open())
      fds[count++] = {.fd = connection.number(), .events = POLLIN, .revents = 0};
  }
  return count;
}

bool Readers::is_allowed(const Fd& connection) const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(connection.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  return who.uid == 0 || who.uid == allowed_;
}

bool Readers::serve(const Fd& ring) {
  bool cycles = false;
  for (Fd& connection : connections_) {
    if (!connection.is_open()) continue;
    const ReaderWord word = hear_reader(connection);
    cycles |= word == ReaderWord::cycle_logs;
    if (word == ReaderWord::hang_up) connection.reset();
  }
  Fd visitor{::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!visitor.is_open()) return cycles;
  const auto place = std::ranges::find(connections_, false, &Fd::is_open);
  if (place == connections_.end() || !is_allowed(visitor) || !send_ring(visitor, ring)) {
    ++refused_;
    return cycles;
  }
  *place = std::move(visitor);
  return cycles;
}

void Readers::ring_bells() {
  for (Fd& connection : connections_) {
    if (connection.is_open() && !send_bell(connection)) connection.reset();
  }
}

}  // namespace ntp::refclockd
