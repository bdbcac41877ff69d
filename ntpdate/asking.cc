// Two promises: the resolver's is wide, because name service modules open files, map libraries
// and connect sockets; once the names are addresses, the one for asking takes files away.
#include "ntpdate/asking.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common/conf/lines.h"
#include "common/os/sandbox.h"
#include "common/os/system_clocks.h"
#include "common/wire/key_file.h"
#include "ntpdate/resolve.h"
#include "ntpdate/verdict.h"

namespace ntp::ntpdate {
namespace {

constexpr Allow asking_promise[] = {
    {"poll"},
    {"ppoll"},
    {"sendto"},
    {"sendmsg"},
    {"recvmsg"},
    {"recvfrom"},
    {"read"},
    {"write"},
    {"close"},
    {"socket", 0, Match::equal, AF_INET},
    {"socket", 0, Match::equal, AF_INET6},
    {"bind"},
    {"connect"},
    {"setsockopt"},
    {"getsockname"},
    {"fcntl"},
    {"getrandom"},
    {"clock_gettime"},
    {"brk"},
    {"munmap"},
    {"mremap"},
    {"mmap", 2, Match::equal, 0, PROT_EXEC},
    {"madvise"},
    {"futex"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit"},
    {"exit_group"},
};

constexpr Allow resolving_promise[] = {
    {"poll"},
    {"ppoll"},
    {"sendto"},
    {"sendmsg"},
    {"sendmmsg"},
    {"recvmsg"},
    {"recvfrom"},
    {"read"},
    {"write"},
    {"close"},
    {"socket"},
    {"bind"},
    {"connect"},
    {"setsockopt"},
    {"getsockname"},
    {"getpeername"},
    {"getsockopt"},
    {"fcntl"},
    {"ioctl"},
    {"getrandom"},
    {"clock_gettime"},
    {"gettimeofday"},
    {"brk"},
    {"mmap"},
    {"munmap"},
    {"mremap"},
    {"mprotect"},
    {"madvise"},
    {"futex"},
    {"openat", 2, Match::equal, 0, O_ACCMODE},
    {"newfstatat"},
    {"fstat"},
    {"statx"},
    {"stat"},
    {"lstat"},
    {"access"},
    {"faccessat"},
    {"faccessat2"},
    {"readlink"},
    {"readlinkat"},
    {"lseek"},
    {"pread64"},
    {"getdents64"},
    {"uname"},
    {"getpid"},
    {"gettid"},
    {"getuid"},
    {"geteuid"},
    {"getgid"},
    {"getegid"},
    {"sysinfo"},
    {"rt_sigaction"},
    {"rt_sigprocmask"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"rseq"},
    {"prlimit64"},
    {"exit"},
    {"exit_group"},
    {"seccomp"},
    {"prctl"},  // for the second, narrower promise
};

Filter filter_of(const Options& options) {
  return options.filter_level == 0 ? Filter::off : Filter::on;
}

void print_answers(std::span<const Asked> servers, const Options& options, const Speaker& speaker) {
  for (const Asked& asked : servers) {
    if (options.json) {
      speaker.print(query_json(asked));
    } else if (options.debug > 0) {
      speaker.print(debug_block(asked));
    } else if (options.query_only) {
      speaker.print(query_line(asked));
    }
  }
  if (options.debug == 0 || options.json) return;
  for (const Asked& asked : servers) {
    const Drop drop = examine(asked);
    if (drop == Drop::kept) continue;
    speaker.print(
        fmt::format("{}: Server dropped: {}\n", to_text(asked.server.address), in_words(drop)));
  }
}

bool send_verdict(const Asked& asked, Clocks& clocks, const Fd& pipe) {
  const Summary summary = summarise(asked);
  const Nanos bound = summary.delay / 2 + from_short(asked.header.root_delay) / 2 +
                      from_short(asked.header.root_dispersion);
  const Verdict verdict{.offset_ns = summary.offset.count(),
                        .bound_ns = bound.count(),
                        .measured_raw_ns = clocks.raw_now().since_zero.count(),
                        .server = asked.server.address};
  return ::write(pipe.number(), &verdict, sizeof verdict) == sizeof verdict;
}

int choose_and_send(std::span<const Asked> servers, const Speaker& speaker, Clocks& clocks,
                    const Fd& pipe) {
  const auto choice = choose(servers);
  if (choice) return send_verdict(servers[*choice], clocks, pipe) ? 0 : 1;
  if (choice.error() == NoChoice::no_majority) {
    speaker.say(Level::error, "Can't synchronise: no majority");
  }
  speaker.say(Level::error, "no server suitable for synchronization found");
  return 1;
}

}  // namespace

std::expected<std::optional<Key>, int> load_key(const Options& options, const Speaker& speaker) {
  if (!options.key) return std::nullopt;
  const auto text = read_vetted_file(options.key_file, Vetting::loose);
  if (!text) {
    speaker.say(Level::error, fmt::format("no key file <{}>, exiting", options.key_file));
    return std::unexpected{1};
  }
  const auto file = parse_key_file(*text, options.key_file, KeyForm::ntp);
  for (const std::string& warning : file.warnings) speaker.say(Level::error, warning);
  const Key* key = file.keys.find(*options.key);
  if (key == nullptr) {
    speaker.say(Level::error, fmt::format("authentication key {} unknown", *options.key));
    return std::unexpected{1};
  }
  return *key;
}

int run_asking(const Options& options, const Speaker& speaker, PortSockets& port, const Key* key,
               const Fd& pipe) {
  const auto fail = [&](const Error& error) {
    speaker.say(Level::error, error.message);
    return 1;
  };
  if (const auto done = confine(resolving_promise, filter_of(options)); !done)
    return fail(done.error());
  auto servers = resolve_servers(options, speaker);
  if (!servers) return servers.error();
  if (const auto done = confine(asking_promise, filter_of(options)); !done)
    return fail(done.error());

  SystemClocks clocks;
  const QueryTools tools{
      .options = options, .speaker = speaker, .clocks = clocks, .key = key, .port = port};
  if (const auto done = query(*servers, tools); !done) return fail(done.error());
  print_answers(*servers, options, speaker);
  return choose_and_send(*servers, speaker, clocks, pipe);
}

}  // namespace ntp::ntpdate
