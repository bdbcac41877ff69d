// The doors of clockd: every forbidden class of call ends the whole process by SIGSYS, what it
// does in a full day's work stays inside its promise, and the kernel agrees about its rights.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <set>
#include <sstream>
#include <thread>

#include "clockd/promise.h"
#include "tests/hostile/clockd_process.h"

namespace ntp::hostile {
namespace {

// The wait status of a child that confines itself as clockd does and then calls `act`.
int confined(void (*act)()) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0);
    if (!deny_files() || !confine(clockd::promise)) _exit(99);
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

bool dies_by_filter(void (*act)()) {
  const int status = confined(act);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

struct Forbidden {
  const char* name;
  void (*act)();
};

const Forbidden forbidden[] = {
    {"socket", [] { socket(AF_INET, SOCK_DGRAM, 0); }},
    {"connect", [] { syscall(SYS_connect, 3, nullptr, 0); }},
    {"openat", [] { static_cast<void>(open("/etc/passwd", O_RDONLY)); }},
    {"execve", [] { execl("/bin/true", "true", nullptr); }},
    {"fork", [] { syscall(SYS_fork); }},
    {"clone", [] { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"mmap", [] { mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"mprotect", [] { syscall(SYS_mprotect, 0, 0, PROT_EXEC); }},
    {"brk", [] { syscall(SYS_brk, 0); }},
    {"clock_settime",
     [] {
       const timespec t{};
       syscall(SYS_clock_settime, CLOCK_REALTIME, &t);
     }},
    {"settimeofday", [] { syscall(SYS_settimeofday, nullptr, nullptr); }},
    {"adjtimex", [] { syscall(SYS_adjtimex, nullptr); }},
    {"clock_adjtime of another clock",
     [] {
       timex t{};
       syscall(SYS_clock_adjtime, CLOCK_TAI, &t);
     }},
    {"fcntl but the seals", [] { fcntl(0, F_SETFL, O_NONBLOCK); }},
    {"kill", [] { kill(getppid(), 0); }},
    {"ptrace", [] { syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); }},
    {"io_uring_setup", [] { syscall(425, 1, nullptr); }},
    {"bpf", [] { syscall(SYS_bpf, 0, nullptr, 0); }},
    {"seccomp", [] { syscall(SYS_seccomp, 0, 0, nullptr); }},
    {"prctl", [] { prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }},
    {"getpid", [] { syscall(SYS_getpid); }},
    {"setuid", [] { syscall(SYS_setuid, 0); }},
    {"ioctl", [] { syscall(SYS_ioctl, 0, 0, 0); }},
#ifdef __x86_64__
    {"an x32 number", [] { syscall(0x40000000 | SYS_write, 1, "", 0); }},
    {"a call of i386",
     [] {
       asm volatile("int $0x80" : : "a"(20) : "memory", "r8", "r9", "r10", "r11");
     }},
#endif
};

TEST(Filter, EveryForbiddenClassEndsTheProcess) {
  if (is_sanitized_build()) GTEST_SKIP() << "the sanitizer build has no filter";
  for (const Forbidden& call : forbidden) EXPECT_TRUE(dies_by_filter(call.act)) << call.name;
}

TEST(Filter, PromisedCallsLive) {
  EXPECT_EQ(confined([] {
              char octet = 0;
              timespec now{};
              clock_gettime(CLOCK_MONOTONIC_RAW, &now);
              [[maybe_unused]] const auto got = pread(0, &octet, 1, 0);
              timex t{};
              clock_adjtime(CLOCK_REALTIME, &t);
              fcntl(0, F_GET_SEALS);
            }),
            0);
}

TEST(Filter, AThreadsForbiddenCallEndsTheWholeProcess) {
  if (is_sanitized_build()) GTEST_SKIP() << "the sanitizer build has no filter";
  const pid_t child = fork();
  if (child == 0) {
    // The threads start first: the filter would not let them. It is for all of them.
    std::atomic<bool> go{false};
    std::thread other{[&] {
      while (!go) std::this_thread::yield();
      for (;;) {
      }
    }};
    std::thread offender{[&] {
      if (!confine(clockd::promise)) _exit(99);
      go = true;
      socket(AF_UNIX, SOCK_STREAM, 0);
    }};
    other.join();
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
}

TEST(Filter, AnUnknownNameInAPromiseIsAnError) {
  if (is_sanitized_build()) GTEST_SKIP() << "the sanitizer build has no filter";
  const pid_t child = fork();
  if (child == 0) {
    constexpr Allow wrong[] = {{"exit_group"}, {"no_such_call"}};
    _exit(confine(wrong) ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Filter, FilesCannotBeOpenedEvenWithoutTheFilter) {
  const pid_t child = fork();
  if (child == 0) {
    if (!deny_files()) _exit(99);
    _exit(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const bool has_landlock = syscall(444, nullptr, 0, 1) > 0;
  if (!has_landlock || is_sanitized_build()) GTEST_SKIP() << "no Landlock here";
  EXPECT_EQ(status, 0);
}

// A day's work of clockd in a second: estimates, a step, commands, strangers' messages, stop.
void work(const ClockdProcess& clockd) {
  auto ring = EstimateWriter::create(11);
  auto socket = ClockSocket::connect(clockd.socket_path());
  ASSERT_TRUE(ring && socket && socket->offer(ring->fd(), 11));
  for (std::uint64_t n = 1; n <= 6; ++n) {
    ring->publish(honest_record(11, n, n == 1 ? Nanos{3s} : Nanos{0}));
    EXPECT_TRUE(socket->ring_bell());
    EXPECT_TRUE(wait_for([&] {
      const auto status = clockd.status();
      return status && status->accepted >= n;
    }));
  }
  for (std::uint8_t operation = 4; operation <= 8; ++operation) {
    auto other = ClockSocket::connect(clockd.socket_path());
    ASSERT_TRUE(other);
    EXPECT_TRUE(other->ask({ClockOperation{operation}, 1, 1}));
  }
  auto stranger = ClockSocket::connect(clockd.socket_path());
  ASSERT_TRUE(stranger);
  send(stranger->fd().number(), "nonsense", 8, MSG_NOSIGNAL);
  sleep_for(1200ms);
}

TEST(Clockd, TheKernelAgreesThatItHasNoRightsLeft) {
  auto clockd = ClockdProcess::start({});
  ASSERT_TRUE(clockd) << clockd.error().message;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(clockd->status_of(set), "0000000000000000") << set;
  EXPECT_EQ(clockd->status_of("Name"), "clockd");
  EXPECT_EQ(clockd->status_of("NoNewPrivs"), "1");
  EXPECT_EQ(clockd->status_of("Seccomp"), is_sanitized_build() ? "0" : "2");
  if (geteuid() == 0) {
    EXPECT_EQ(clockd->status_of("CapBnd"), "0000000000000000");
    EXPECT_EQ(clockd->status_of("Uid"), "62002\t62002\t62002\t62002");
    EXPECT_EQ(clockd->status_of("Gid"), "62002\t62002\t62002\t62002");
    EXPECT_EQ(clockd->status_of("Groups"), " ");
  }
}

TEST(Clockd, AFullDaysWorkMakesPromisedCallsOnly) {
  if (is_sanitized_build()) GTEST_SKIP() << "the sanitizer build has no filter";
  if (std::system("strace -qq -o /dev/null true") != 0) GTEST_SKIP() << "strace cannot run here";
  const std::string trace = "/tmp/hostile-trace-" + std::to_string(getpid());
  auto clockd = ClockdProcess::start({}, {"strace", "-qq", "-o", trace});
  ASSERT_TRUE(clockd) << clockd.error().message;
  work(*clockd);
  const int status = clockd->stop();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  std::set<std::string> promised, seen;
  for (const Allow& allow : clockd::promise) promised.insert(allow.call);
  std::istringstream lines{read_file(trace)};
  bool is_confined = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find('('));
    if (is_confined &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos)
      seen.insert(name);
    if (name == "seccomp" && line.find("{len=") != std::string::npos)
      is_confined = true;  // the others are probes
  }
  unlink(trace.c_str());
  ASSERT_TRUE(is_confined);
  for (const auto& name : seen) EXPECT_TRUE(promised.contains(name)) << name;
  EXPECT_LE(promised.size(), 14u);
  // Not seen: what only other machines need (clock_gettime where there is no vDSO).
  const std::set<std::string> spare{"clock_gettime"};
  for (const auto& name : promised)
    EXPECT_TRUE(seen.contains(name) || spare.contains(name))
        << name << " is promised and never used";
}

}  // namespace
}  // namespace ntp::hostile
