// A reader that does not read its bells loses bells; one that says anything is not listened to.
#include "refclockd/readers.h"

#include <sys/socket.h>

#include <algorithm>

#include "common/board/sample_board.h"

namespace ntp::refclockd {
namespace {

bool has_closed(const Fd& connection) {
  std::byte octet;
  const ssize_t size = ::recvfrom(connection.number(), &octet, 1, MSG_DONTWAIT, nullptr, nullptr);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

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

void Readers::serve(const Fd& ring) {
  for (Fd& connection : connections_) {
    if (connection.is_open() && has_closed(connection)) connection.reset();
  }
  Fd visitor{::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!visitor.is_open()) return;
  const auto place = std::ranges::find(connections_, false, &Fd::is_open);
  if (place == connections_.end() || !is_allowed(visitor) || !send_ring(visitor, ring)) {
    ++refused_;
    return;
  }
  *place = std::move(visitor);
}

void Readers::ring_bells() {
  for (Fd& connection : connections_) {
    if (connection.is_open() && !send_bell(connection)) connection.reset();
  }
}

}  // namespace ntp::refclockd
