// The tables; see promises.h. A line with arguments admits the call only as we make it.
#include "ntpd-net/promises.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace ntp {
namespace {

constexpr std::uint64_t domain(int family) { return static_cast<std::uint64_t>(family); }

constexpr Allow client[] = {
    {"poll"}, {"recvmsg"}, {"recvfrom"}, {"sendto"}, {"sendmsg"},
    {"read"}, {"pread64"}, {"write"}, {"close"},
    {"socket", 0, Match::equal, domain(AF_INET)},
    {"socket", 0, Match::equal, domain(AF_INET6)},
    {"socket", 0, Match::equal, domain(AF_UNIX)},   // clockd and refclockd, when they come back
    {"bind"}, {"connect"}, {"setsockopt"},
    {"getpid"},                                     // in syslog lines
    {"fcntl", 1, Match::equal, F_GETFL}, {"fcntl", 1, Match::equal, F_SETFL},
    {"fcntl", 1, Match::equal, F_SETFD}, {"fcntl", 1, Match::equal, F_GETFD},
    {"fcntl", 1, Match::equal, F_GET_SEALS},
    {"fstat"}, {"newfstatat", 3, Match::equal, 0x1000, 0x1000},  // AT_EMPTY_PATH: fstat by another name
    {"clock_gettime"}, {"getrandom"},
    {"brk"}, {"mmap", 2, Match::equal, 0, PROT_EXEC}, {"munmap"},
    {"rt_sigreturn"}, {"exit_group"},
};

// getaddrinfo opens what it likes, for reading; it starts nothing and sets nothing.
constexpr Allow resolver[] = {
    {"poll"}, {"ppoll"}, {"recvmsg"}, {"recvfrom"}, {"recvmmsg"}, {"sendto"}, {"sendmsg"}, {"sendmmsg"},
    {"read"}, {"write"}, {"writev"}, {"close"}, {"lseek"}, {"pread64"},
    {"openat", 2, Match::equal, O_RDONLY, O_ACCMODE | O_CREAT | O_TRUNC},
    {"newfstatat"}, {"fstat"}, {"statx"}, {"access"}, {"faccessat"}, {"readlink"}, {"getdents64"},
    {"socket"}, {"bind"}, {"connect"}, {"setsockopt"}, {"getsockopt"}, {"getsockname"}, {"getpeername"},
    {"fcntl"}, {"ioctl"}, {"uname"}, {"sysinfo"}, {"getpid"}, {"gettid"}, {"getuid"}, {"geteuid"},
    {"getgid"}, {"getegid"},
    {"clock_gettime"}, {"gettimeofday"}, {"time"}, {"getrandom"}, {"futex"}, {"rseq"}, {"set_robust_list"},
    {"brk"}, {"mmap"}, {"munmap"}, {"mremap"}, {"mprotect"}, {"madvise"},
    {"rt_sigprocmask"}, {"rt_sigaction"}, {"rt_sigreturn"}, {"sigaltstack"}, {"restart_syscall"},
    {"epoll_create1"}, {"epoll_ctl"}, {"epoll_wait"}, {"eventfd2"}, {"timerfd_create"}, {"timerfd_settime"},
    {"clone3"}, {"clone"}, {"exit"}, {"exit_group"}, {"tgkill"},
};

// Starts roles again, keeps the files that change (drift, pid), reads configuration again.
constexpr Allow supervisor[] = {
    {"ppoll"}, {"poll"}, {"recvmsg"}, {"recvfrom"}, {"sendto"}, {"sendmsg"}, {"socketpair"},
    {"read"}, {"write"}, {"writev"}, {"pread64"}, {"pwrite64"}, {"lseek"}, {"ftruncate"}, {"close"},
    {"openat"}, {"newfstatat"}, {"fstat"}, {"getdents64"}, {"readlink"}, {"access"}, {"faccessat"},
    {"faccessat2"}, {"rename"}, {"renameat"}, {"renameat2"}, {"unlink"}, {"unlinkat"}, {"fsync"},
    {"fchmod"}, {"fstatfs"}, {"statfs"}, {"fcntl"}, {"ioctl"}, {"memfd_create"}, {"dup"},
    {"vfork"}, {"clone"}, {"clone3"}, {"execve"}, {"execveat"}, {"wait4"}, {"waitid"}, {"kill"},
    {"getpid"}, {"gettid"}, {"getuid"}, {"geteuid"}, {"getgid"}, {"getegid"},
    {"set_robust_list"}, {"rseq"}, {"prctl"}, {"seccomp"}, {"landlock_create_ruleset"},
    {"landlock_add_rule"}, {"landlock_restrict_self"}, {"capget"}, {"capset"}, {"arch_prctl"},
    {"set_tid_address"}, {"prlimit64"}, {"clock_gettime"}, {"clock_nanosleep"}, {"getrandom"},
    {"futex"}, {"brk"}, {"mmap"}, {"munmap"}, {"mremap"}, {"mprotect"}, {"madvise"},
    {"rt_sigprocmask"}, {"rt_sigaction"}, {"rt_sigreturn"}, {"sigaltstack"}, {"restart_syscall"},
    {"exit"}, {"exit_group"}, {"tgkill"}, {"uname"}, {"sysinfo"}, {"statx"}, {"timerfd_create"},
    {"timerfd_settime"}, {"socket"}, {"bind"}, {"connect"}, {"shutdown"}, {"setsockopt"}, {"getsockopt"},
    {"getsockname"}, {"getpeername"}, {"recvmmsg"}, {"sendmmsg"}, {"epoll_create1"}, {"epoll_ctl"},
    {"epoll_wait"}, {"eventfd2"}, {"gettimeofday"}, {"time"}, {"sched_yield"}, {"sched_getaffinity"},
};

}  // namespace

Promise client_promise() { return client; }
Promise resolver_promise() { return resolver; }
Promise supervisor_promise() { return supervisor; }

}  // namespace ntp
