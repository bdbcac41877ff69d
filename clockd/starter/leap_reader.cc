// See leap_reader.h.
#include "clockd/starter/leap_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "common/base/log.h"
#include "common/board/clock_socket.h"
#include "common/conf/leap_source.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"

namespace ntp::clockd {
namespace {

constexpr Nanos interval = 12h;
constexpr Nanos around_a_leap = 60s;  // when nothing is told: the steerer is about to act

constexpr Allow reader_promise[] = {
    {"ppoll"},
    {"openat", 2, Match::equal, O_RDONLY, O_ACCMODE | O_CREAT | O_TRUNC},
    {"read"},
    {"fstat"},
    {"newfstatat"},
    {"close"},
    {"geteuid"},  // vetting a file
    {"sendto"},   // the steerer, syslog
    {"recvfrom"},
    {"write"},
    {"clock_gettime"},
    {"brk"},
    {"mmap", 2, Match::equal, 0, PROT_EXEC},
    {"munmap"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
};

// Twice the same words are one.
void complain(std::string& last, std::string about) {
  if (about == last) return;
  log_warning("leap seconds: {}", about);
  last = std::move(about);
}

class Reader {
 public:
  Reader(const ClockSettings& settings, Fd steerer, const LeapEvent& told)
      : settings_{settings}, steerer_{std::move(steerer)}, told_{told} {}

  // Until the steerer is gone.
  void run() {
    for (;;) {
      pollfd gone{.fd = steerer_.number(), .events = POLLIN, .revents = 0};
      const auto ready = wait_ready(std::span{&gone, 1}, interval);
      if (!ready || is_stop_requested() || (gone.revents & (POLLHUP | POLLERR)) != 0) return;
      if (gone.revents != 0) {  // its answer, which is always yes
        ClockMessage answer;
        if (recv(steerer_.number(), answer.data(), answer.size(), MSG_DONTWAIT) <= 0) return;
        continue;
      }
      (void)take_hangup();
      look();
    }
  }

 private:
  void look() {
    const auto text = read_leap_source(settings_);
    const auto table =
        text ? parse_leap_source(*text) : Result<LeapTable>{std::unexpected{text.error()}};
    if (!table)
      return complain(complaint_, table.error().message + "; what was known stays in force");
    const UtcTime now{SystemClocks{}.read().system.since_zero};
    if (table->expires && *table->expires < now) complain(complaint_, "the list has expired");
    const LeapEvent* const ahead = table->next_after(now);
    const LeapEvent next = ahead != nullptr ? *ahead : LeapEvent{};
    const auto is_close = [&](const LeapEvent& leap) {
      return leap.change != 0 && std::chrono::abs(leap.at - now) < around_a_leap;
    };
    if (next == told_ || is_close(next) || is_close(told_)) return;
    const ClockMessage message =
        encode(ClockRequest{ClockOperation::know_leap, next.at.since_zero.count(), next.change});
    if (send(steerer_.number(), message.data(), message.size(), MSG_NOSIGNAL) < 0) return;
    told_ = next;
    log_info("The file of leap seconds was read again: {}",
             next.change == 0 ? "none is announced" : "another one is announced");
  }

  const ClockSettings& settings_;
  Fd steerer_;
  LeapEvent told_;
  std::string complaint_{};
};

[[noreturn]] void read_until_the_end(const ClockSettings& settings, const Started& started,
                                     Fd steerer, Filter filter) {
  prctl(PR_SET_NAME, "clockd-leaps", 0, 0, 0);
  take_signals();
  const LeapEvent told{.at = {Nanos{started.page.leap_at}},
                       .tai = static_cast<int>(started.leap_tai),
                       .change = static_cast<int>(started.page.leap_change)};
  const auto confined = [&]() -> Result<void> {
    NTP_TRY(drop_to(started.identity, Keep::nothing));
    return confine(reader_promise, filter);
  }();
  if (confined) Reader{settings, std::move(steerer), told}.run();
  else log_error("leap seconds: {}", confined.error().message);
  _exit(0);
}

}  // namespace

Result<Fd> start_leap_reader(const ClockSettings& settings, Started& started,
                             std::span<Fd* const> others, Filter filter) {
  if (settings.leapseclist.empty() && settings.leapsectz.empty()) return Fd{};
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return system_failure("socketpair");
  Fd ours{ends[0]}, steerers{ends[1]};
  const pid_t child = fork();
  if (child < 0) return system_failure("fork");
  if (child > 0) return steerers;
  steerers.reset();
  started.listener.reset();
  started.store.reset();
  for (Fd* const fd : others) fd->reset();
  read_until_the_end(settings, started, std::move(ours), filter);
}

}  // namespace ntp::clockd
