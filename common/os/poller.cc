// poll(2) with a fixed table; see poller.h.
#include "common/os/poller.h"

#include <poll.h>

#include <algorithm>

#include "common/base/ensure.h"

namespace ntp::detail {
namespace {

// Rounded up, so that a timer is never early and a short wait is never a busy loop.
int to_poll_timeout(Nanos timeout) {
  if (timeout < Nanos{0}) return -1;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return static_cast<int>(std::min<std::int64_t>(milliseconds, 3'600'000));
}

}  // namespace

void PollSet::watch(int fd, std::uint8_t role, int index) {
  ENSURE(fd >= 0 && count_ < capacity);
  watched_[count_++] = {fd, role, index};
}

Result<std::span<const Wake>> PollSet::wait(Nanos timeout) {
  std::array<pollfd, capacity> polled;
  for (int i = 0; i < count_; ++i) polled[i] = {watched_[i].fd, POLLIN | POLLPRI, 0};

  int ready = ::poll(polled.data(), static_cast<nfds_t>(count_), to_poll_timeout(timeout));
  if (ready < 0 && errno == EINTR) ready = 0;
  if (ready < 0) return system_failure("poll");

  std::size_t woken = 0;
  for (int i = 0; i < count_ && ready > 0; ++i) {
    const short events = polled[i].revents;
    if (events == 0) continue;
    --ready;
    woken_[woken++] = {.fd = watched_[i].fd,
                       .role = watched_[i].role,
                       .index = watched_[i].index,
                       .readable = (events & POLLIN) != 0,
                       .error = (events & (POLLERR | POLLPRI | POLLNVAL)) != 0,
                       .hangup = (events & POLLHUP) != 0};
  }
  return std::span<const Wake>{woken_.data(), woken};
}

}  // namespace ntp::detail
