// BOOTTIME, timerfd and sysfs; see wakefulness.h.
#include "common/os/wakefulness.h"

#include <fcntl.h>
#include <sys/timerfd.h>
#include <time.h>

#include <cerrno>

namespace ntp {
namespace {

std::optional<Nanos> read_clock(clockid_t id) {
  timespec ts{};
  if (::clock_gettime(id, &ts) != 0) return std::nullopt;
  return std::chrono::seconds{ts.tv_sec} + Nanos{ts.tv_nsec};
}

}  // namespace

std::optional<Nanos> time_asleep() {
  // The tightest of a few looks: being preempted between the two reads is not sleep.
  std::optional<Nanos> least;
  for (int i = 0; i < 3; ++i) {
    const auto awake = read_clock(CLOCK_MONOTONIC);
    const auto since_boot = read_clock(CLOCK_BOOTTIME);
    if (!awake || !since_boot) return std::nullopt;
    if (!least || *since_boot - *awake < *least) least = *since_boot - *awake;
  }
  return least;
}

Fd open_step_notice() {
  Fd fd{::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)};
  if (!fd.is_open()) return fd;
  itimerspec never{};
  never.it_value.tv_sec = INT64_C(0x7fffffff) * 16;  // only the cancellation is of interest
  if (::timerfd_settime(fd.number(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                        nullptr) != 0)
    fd.reset();
  return fd;
}

bool take_step_notice(int fd) {
  std::uint64_t expirations = 0;
  return ::read(fd, &expirations, sizeof expirations) < 0 && errno == ECANCELED;
}

Fd open_clocksource() {
  return Fd{::open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
}

Octets read_clocksource(int fd, WritableOctets room) {
  const ssize_t length = ::pread(fd, room.data(), room.size(), 0);
  return length <= 0 ? Octets{} : Octets{room}.first(static_cast<std::size_t>(length));
}

}  // namespace ntp
