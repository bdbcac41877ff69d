// The tables; see promises.h. A line with arguments admits the call only as we make it.
#include "ntpd-net/promises.h"

#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace ntp {
namespace {

constexpr std::uint64_t domain(int family) { return static_cast<std::uint64_t>(family); }

constexpr Allow client_calls[] = {
    {"poll"},
    {"restart_syscall"},  // a poll after a stop or a suspend
    {"recvmsg"},
    {"recvfrom"},
    {"sendto"},
    {"sendmsg"},
    {"read"},
    {"pread64"},
    {"write"},
    {"close"},
    {"socket", 0, Match::equal, domain(AF_INET)},
    {"socket", 0, Match::equal, domain(AF_INET6)},
    {"socket", 0, Match::equal, domain(AF_UNIX)},  // clockd and refclockd, when they come back
    {"bind"},
    {"connect"},
    {"setsockopt"},
    {"fcntl", 1, Match::equal, F_GETFL},
    {"fcntl", 1, Match::equal, F_SETFL},
    {"fcntl", 1, Match::equal, F_SETFD},
    {"fcntl", 1, Match::equal, F_GETFD},
    {"fcntl", 1, Match::equal, F_GET_SEALS},
    {"fstat"},
    {"newfstatat", 3, Match::equal, 0x1000, 0x1000},  // AT_EMPTY_PATH: fstat by another name
    {"clock_gettime"},
    {"getrandom"},
    {"brk"},
    {"mmap", 2, Match::equal, 0, PROT_EXEC},
    {"munmap"},
    {"rt_sigreturn"},
    {"exit_group"},
};

// None of them changes a card: its pins, pulses and adjustments are other requests.
constexpr Allow card_calls[] = {
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET_PRECISE},
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET_EXTENDED},
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET},
};

constexpr auto with_cards = [] {
  std::array<Allow, std::size(client_calls) + std::size(card_calls)> both;
  const auto end = std::ranges::copy(client_calls, both.begin()).out;
  std::ranges::copy(card_calls, end);
  return both;
}();

// getaddrinfo opens what it likes, for reading; it starts no thread, no program and sets nothing.
constexpr Allow resolver[] = {
    {"poll"},
    {"ppoll"},
    {"recvmsg"},
    {"recvfrom"},
    {"recvmmsg"},
    {"sendto"},
    {"sendmsg"},
    {"sendmmsg"},
    {"read"},
    {"write"},
    {"writev"},
    {"close"},
    {"lseek"},
    {"pread64"},
    {"openat", 2, Match::equal, O_RDONLY, O_ACCMODE | O_CREAT | O_TRUNC},
    {"newfstatat"},
    {"fstat"},
    {"statx"},
    {"access"},
    {"faccessat"},
    {"readlink"},
    {"getdents64"},
    {"socket"},
    {"bind"},
    {"connect"},
    {"setsockopt"},
    {"getsockopt"},
    {"getsockname"},
    {"getpeername"},
    {"fcntl"},
    {"ioctl"},
    {"uname"},
    {"sysinfo"},
    {"getpid"},
    {"gettid"},
    {"getuid"},
    {"geteuid"},
    {"getgid"},
    {"getegid"},
    {"clock_gettime"},
    {"getrandom"},
    {"futex"},
    {"brk"},
    {"mmap"},
    {"munmap"},
    {"mremap"},
    {"mprotect"},
    {"madvise"},
    {"rt_sigprocmask"},
    {"rt_sigaction"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
};

// Starts roles again, keeps the files that change (drift, pid), reads configuration again.
constexpr Allow supervisor[] = {
    {"ppoll"},
    {"poll"},
    {"recvmsg"},
    {"recvfrom"},
    {"sendto"},
    {"sendmsg"},
    {"socketpair"},
    {"read"},
    {"write"},
    {"writev"},
    {"pread64"},
    {"lseek"},
    {"ftruncate"},
    {"close"},
    {"openat"},
    {"newfstatat"},
    {"fstat"},
    {"getdents64"},
    {"readlink"},
    {"access"},
    {"faccessat"},
    {"rename"},
    {"renameat"},
    {"renameat2"},
    {"unlink"},
    {"unlinkat"},
    {"fsync"},
    {"fchmod"},
    {"fstatfs"},
    {"fcntl"},
    {"ioctl"},
    {"memfd_create"},
    {"clone"},
    {"execve"},
    {"wait4"},
    {"kill"},
    {"getpid"},
    {"gettid"},
    {"getuid"},
    {"geteuid"},
    {"getgid"},
    {"getegid"},
    {"set_robust_list"},
    {"rseq"},
    {"prctl"},
    {"seccomp"},
    {"landlock_create_ruleset"},
    {"landlock_restrict_self"},
    {"arch_prctl"},
    {"set_tid_address"},
    {"prlimit64"},
    {"clock_gettime"},
    {"getrandom"},
    {"futex"},
    {"brk"},
    {"mmap"},
    {"munmap"},
    {"mremap"},
    {"mprotect"},
    {"madvise"},
    {"mlockall"},  // a role with -m, before its own filter
    {"rt_sigprocmask"},
    {"rt_sigaction"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
    {"timerfd_create"},
    {"timerfd_settime"},
    {"uname"},
    {"sysinfo"},
    {"statx"},
    {"socket"},
    {"bind"},
    {"connect"},
    {"shutdown"},
    {"setsockopt"},
    {"getsockopt"},
    {"getsockname"},
    {"getpeername"},
    {"recvmmsg"},
    {"sendmmsg"},
    {"accept4"},    // the nts role, which inherits this list
    {"getrusage"},  // likewise
};

}  // namespace

Promise client_promise() { return client_calls; }
Promise client_promise_with_cards() { return with_cards; }
Promise resolver_promise() { return resolver; }
Promise supervisor_promise() { return supervisor; }

}  // namespace ntp
