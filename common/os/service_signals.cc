// Signals as flags, seen only at the one place where a daemon waits.
#include <cerrno>
#include <csignal>
#include <ctime>

#include "common/os/service.h"

namespace ntp {

namespace {

volatile std::sig_atomic_t stop_flag = 0;
volatile std::sig_atomic_t hangup_flag = 0;
sigset_t mask_while_waiting;

void note_signal(int number) {
  if (number == SIGHUP) hangup_flag = 1;
  else stop_flag = 1;
}

}  // namespace

void take_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
    sigaction(number, &action, nullptr);
    sigaddset(&ours, number);
  }
  sigprocmask(SIG_BLOCK, &ours, &mask_while_waiting);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP})
    sigdelset(&mask_while_waiting, number);
  signal(SIGPIPE, SIG_IGN);
}

bool is_stop_requested() { return stop_flag != 0; }

bool take_hangup() {
  const bool was = hangup_flag != 0;
  hangup_flag = 0;
  return was;
}

Result<int> wait_ready(std::span<pollfd> fds, Nanos timeout) {
  timespec limit{};
  if (timeout >= Nanos{0}) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    limit = {.tv_sec = seconds.count(), .tv_nsec = (timeout - seconds).count()};
  }
  const int ready =
      ppoll(fds.data(), fds.size(), timeout < Nanos{0} ? nullptr : &limit, &mask_while_waiting);
  if (ready >= 0) return ready;
  if (errno == EINTR) {
    for (pollfd& fd : fds) fd.revents = 0;
    return 0;
  }
  return system_failure("ppoll");
}

}  // namespace ntp
