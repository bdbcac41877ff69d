// See leap_reader.h.
#include "clockd/starter/leap_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <utility>

#include "common/base/log.h"
#include "common/board/clock_socket.h"
#include "common/conf/leap_source.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"

namespace ntp::clockd {
namespace {

constexpr Nanos shortest_pause = 1s,
                longest_pause = 1h;   // between a reader's end and the next one's start
constexpr Nanos around_a_leap = 60s;  // when nothing is told: the steerer is about to act

constexpr std::uint64_t every_namespace = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;

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
    {"clone", 0, Match::equal, SIGCHLD, CSIGNAL | every_namespace},
    {"set_robust_list"},
    {"prctl", 0, Match::equal, PR_SET_PDEATHSIG},
    {"wait4"},
    {"getpid"},
    {"getppid"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
};

class Reader {
 public:
  // `told`: what the steerer knows, by whichever process told it.
  Reader(const ClockSettings& settings, Fd steerer, LeapEvent& told)
      : file_{settings}, steerer_{std::move(steerer)}, told_{told} {}

  // Until the steerer is gone, which is true, or the guardian.
  [[nodiscard]] bool run(pid_t guardian) {
    while (getppid() == guardian) {
      if (is_ended(LeapFile::interval)) return true;
      look();
    }
    return false;
  }

  // Waits so long, or for a signal; true once the steerer has gone.
  [[nodiscard]] bool is_ended(Nanos patience) {
    pollfd gone{.fd = steerer_.number(), .events = POLLIN, .revents = 0};
    while (wait_ready(std::span{&gone, 1}, patience).value_or(0) > 0) {
      ClockMessage answer;  // always yes
      if (recv(steerer_.number(), answer.data(), answer.size(), MSG_DONTWAIT) <= 0) return true;
    }
    return false;
  }

 private:
  void look() {
    const UtcTime now{SystemClocks{}.read().system.since_zero};
    const auto content = file_.look(now);
    if (!content) return;
    const LeapEvent* const ahead = content->table.next_after(now);
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

  LeapFile file_;
  Fd steerer_;
  LeapEvent& told_;
};

// One process reads and another one waits for its end, to start it again. Where it is the waiting
// one that ends, the reader takes its place.
void read_until_the_end(Reader& reader) {
  SystemClocks clocks;
  for (Nanos pause{0}; !reader.is_ended(pause);) {
    const MonotonicTime born = clocks.monotonic_now();
    const pid_t guardian = getpid();
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGHUP, 0, 0, 0);
      if (reader.run(guardian)) return;
      pause = shortest_pause;
      continue;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child > 0 && WIFEXITED(status)) return;
    log_warning("Leap seconds: their reader {}; it is started again",
                child < 0 ? "cannot be started" : "was killed");
    const bool lived_long = clocks.monotonic_now() - born > longest_pause;
    pause = lived_long ? shortest_pause : std::clamp(2 * pause, shortest_pause, longest_pause);
  }
}

[[noreturn]] void become_reader(const ClockSettings& settings, const Started& started, Fd steerer,
                                Filter filter) {
  prctl(PR_SET_NAME, "clockd-leaps", 0, 0, 0);
  take_signals();
  const LeapEvent known{.at = {Nanos{started.page.leap_at}},
                        .tai = static_cast<int>(started.leap_tai),
                        .change = static_cast<int>(started.page.leap_change)};
  // Both processes know what was told.
  void* const shared =
      mmap(nullptr, sizeof known, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const auto confined = [&]() -> Result<void> {
    if (shared == MAP_FAILED) return system_failure("mmap");
    NTP_TRY(drop_to(started.identity, Keep::nothing));
    return confine(reader_promise, filter);
  }();
  if (!confined) {
    log_error("leap seconds: {}", confined.error().message);
    _exit(1);
  }
  Reader reader{settings, std::move(steerer), *new (shared) LeapEvent{known}};
  read_until_the_end(reader);
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
  become_reader(settings, started, std::move(ours), filter);
}

}  // namespace ntp::clockd
