// See role_process.h.
#include "ntpd-net/role_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "common/base/log.h"
#include "ntpd-net/roles.h"

namespace ntp {
namespace {

constexpr Nanos quick_death = 10s;  // a role that lived longer starts again at once
constexpr Nanos least_backoff = 1s;
constexpr Nanos most_backoff = 64s;

// The child's side of the fork: lets its own descriptors through exec and becomes the role.
[[noreturn]] void become_role(const std::string& program, const std::string& name,
                              const std::vector<std::string>& inherited,
                              const std::vector<int>& numbers) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : numbers)
    if (::fcntl(number, F_SETFD, 0) != 0) ::_exit(1);
  std::vector<std::string> arguments{"ntpd-net", std::string{role_option}, name};
  arguments.insert(arguments.end(), inherited.begin(), inherited.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  ::execve(program.c_str(), argv.data(), environment);
  ::_exit(127);
}

}  // namespace

Result<std::pair<Fd, Fd>> make_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return system_failure("socketpair");
  return std::pair{Fd{ends[0]}, Fd{ends[1]}};
}

Result<void> RoleProcess::start(MonotonicTime now) {
  auto [ours, theirs] = NTP_TRY(make_channel());
  lifeline_ = std::move(ours);
  Inheritance given = inheritance_;
  given.give(lifeline_name_, theirs);
  restart_.disarm();
  started_ = now;
  pid_ = ::fork();
  if (pid_ < 0) return system_failure("fork");
  if (pid_ == 0) become_role(program_, name_, given.arguments(), given.numbers());
  return {};
}

std::optional<int> RoleProcess::bury(MonotonicTime now) {
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, 0);
  pid_ = -1;
  lifeline_.reset();
  backoff_ = now - started_ > quick_death ? Nanos{0}
                                          : std::clamp(backoff_ * 2, least_backoff, most_backoff);
  restart_.arm(now + backoff_);
  if (ended > 0 && WIFEXITED(status)) return WEXITSTATUS(status);
  const int number = ended > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  log_error("The {} role was killed by signal {}{}; starting it again", name_, number,
            number == SIGSYS ? " (a system call outside its filter)" : "");
  return std::nullopt;
}

void RoleProcess::end(Nanos patience) {
  if (!is_running()) return;
  ::shutdown(lifeline_.number(), SHUT_WR);
  pollfd waiting{lifeline_.number(), POLLIN, 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  // The end of the lifeline is the end of the role; what it says on the way is not read any more.
  if (::poll(&waiting, 1, static_cast<int>(milliseconds)) == 0) ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  lifeline_.reset();
}

}  // namespace ntp
