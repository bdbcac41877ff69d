// ntpdate: asks time servers once and sets the clock. A child with no privilege asks; this
// process, which may set the clock, reads one record from it and never sees a packet or a name.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "common/os/privilege.h"
#include "common/os/sandbox.h"
#include "common/os/system_clocks.h"
#include "ntpdate/asking.h"
#include "ntpdate/setting.h"
#include "ntpdate/verdict.h"

namespace ntp::ntpdate {
namespace {

constexpr Nanos longest_asking = 180s;  // resolver and all samples; a silent child is given up

constexpr Allow setting_promise[] = {
    {"read"},
    {"write"},
    {"close"},
    {"poll"},
    {"ppoll"},
    {"wait4"},
    {"clock_gettime"},
    {"clock_adjtime"},
    {"sendmsg"},
    {"sendto"},
    {"recvmsg"},
    {"recvfrom"},
    {"pread64"},
    {"fstat"},
    {"newfstatat"},
    {"fcntl"},
    {"brk"},
    {"munmap"},
    {"mmap", 2, Match::equal, 0, PROT_EXEC},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit"},
    {"exit_group"},
};

struct Pipe {
  Fd read, write;
};
Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("create a pipe");
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

Identity unprivileged_user() { return resolve_user("ntpd-net").value_or(Identity{65534, 65534}); }

// -u, -q and -d need no port of their own; neither does anybody but root.
bool wants_ntp_port(const Options& options) {
  return options.sets_clock() && !options.unprivileged_port && ::geteuid() == 0;
}

[[noreturn]] void be_the_child(const Options& options, const Speaker& speaker, PortSockets& port,
                               const Fd& pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::alarm(static_cast<unsigned>(longest_asking / 1s));
  const auto key = load_key(options, speaker);
  if (!key) ::_exit(key.error());
  if (const auto done = drop_to(unprivileged_user(), Keep::nothing); !done) {
    speaker.say(Level::error, done.error().message);
    ::_exit(1);
  }
  ::_exit(run_asking(options, speaker, port, *key ? &**key : nullptr, pipe));
}

// The verdict, or nullopt when the child ended without one.
std::optional<Verdict> receive(const Fd& pipe) {
  pollfd one{.fd = pipe.number(), .events = POLLIN, .revents = 0};
  if (::poll(&one, 1, static_cast<int>(longest_asking / 1ms)) != 1) return std::nullopt;
  Verdict verdict;
  if (::read(pipe.number(), &verdict, sizeof verdict) != sizeof verdict) return std::nullopt;
  return verdict;
}

// The child has said why it found nothing, unless it was killed.
int end_without_verdict(pid_t child, const Speaker& speaker) {
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) == child && WIFSIGNALED(status)) {
    speaker.say(Level::error,
                fmt::format("the asking process was killed by signal {}", WTERMSIG(status)));
  }
  return 1;
}

// Why the clock was not moved; empty when it was.
std::string_view why_not_moved(const Options& options, Outcome outcome) {
  if (!options.sets_clock()) return "only asked";
  if (outcome == Outcome::set) return {};
  return "clockd keeps the clock and follows its sources: nothing set";
}

int finish(const Options& options, const Order& order, const Speaker& speaker,
           std::optional<ClockSocket>& clockd) {
  Outcome outcome = Outcome::set;
  if (options.sets_clock()) {
    const auto done = carry_out(order, clockd);
    if (!done) {
      speaker.say(Level::error, done.error().message);
      return 1;
    }
    outcome = *done;
  }
  const std::string_view why_not = why_not_moved(options, outcome);
  if (options.json) {
    speaker.print(result_json(order.server, order.offset, order.bound, order.step, why_not));
    return 0;
  }
  if (outcome == Outcome::left_alone) speaker.say(Level::info, why_not);
  speaker.say(Level::notice, result_line(order.server, order.offset, order.step));
  return 0;
}

Result<void> shut_doors(const Options& options) {
  const bool as_root = ::geteuid() == 0;
  if (options.sets_clock()) {
    // Root's number stays, because clockd obeys nobody else; of root's powers one stays.
    NTP_TRY(drop_to({::getuid(), ::getgid()}, Keep::sys_time));
  } else {
    NTP_TRY(
        drop_to(as_root ? unprivileged_user() : Identity{::getuid(), ::getgid()}, Keep::nothing));
  }
  return confine(setting_promise, options.filter_level == 0 ? Filter::off : Filter::on);
}

int run(const Options& options) {
  Speaker speaker{options.to_syslog, options.debug > 0, ::getpid()};
  const auto fail = [&](const std::string& words) {
    speaker.say(Level::error, words);
    return 1;
  };
  if (options.verbose || options.debug > 0)
    speaker.say(Level::notice, "ntpdate (Meridian) " MERIDIAN_VERSION);
  std::optional<ClockSocket> clockd;
  if (options.sets_clock()) clockd = find_clockd(options.rundir);
  PortSockets port;
  if (wants_ntp_port(options)) {
    if (auto bound = bind_ntp_port()) port = std::move(*bound);
    else if (bound.error().code != EADDRINUSE) return fail(bound.error().message);
    else if (!clockd) return fail("the NTP socket is in use, exiting");
  }
  auto pipe = open_pipe();
  if (!pipe) return fail(pipe.error().message);

  SystemClocks clocks;
  const Reading before = clocks.read();
  const pid_t child = ::fork();
  if (child < 0) return fail(system_failure("fork").error().message);
  if (child == 0) {
    pipe->read.reset();
    clockd.reset();
    be_the_child(options, speaker, port, pipe->write);
  }
  pipe->write.reset();
  port = {};
  if (const auto shut = shut_doors(options); !shut) return fail(shut.error().message);

  const auto verdict = receive(pipe->read);
  if (!verdict) return end_without_verdict(child, speaker);
  const auto order = judge(*verdict, options.manner, before, clocks.read());
  if (!order) return fail(fmt::format("answer refused: {}", in_words(order.error())));
  return finish(options, *order, speaker, clockd);
}

}  // namespace
}  // namespace ntp::ntpdate

int main(int argc, char** argv) {
  try {
    const auto options = ntp::ntpdate::parse_options(argc, argv);
    return options ? ntp::ntpdate::run(*options) : options.error();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "ntpdate: %s\n", problem.what());
    return 1;
  }
}
