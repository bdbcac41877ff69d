// What makes a program a daemon: its run directory, pid file, listening sockets, the word to
// the service manager, and signals as a flag. No fork here: see `detach`.
#pragma once

#include <poll.h>

#include <span>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/os/privilege.h"
#include "common/time/instants.h"

namespace ntp {

// Makes `path` and its missing parents (0755); the last folder gets `owner` and `mode`.
// Follows no symbolic link in the last component. As non-root: makes what it may.
[[nodiscard]] Result<void> make_directory(const std::string& path, Identity owner, mode_t mode);

// Writes our pid; fails if another live process holds the file. A stale one is replaced.
// O_EXCL | O_NOFOLLOW. An empty path is done at once.
[[nodiscard]] Result<void> write_pid_file(const std::string& path);

// A listening Unix socket, non-blocking; who connects is said by SO_PEERCRED. Replaces a stale
// socket file; one that answers is an error.
[[nodiscard]] Result<Fd> listen_seqpacket(const std::string& path, mode_t mode);
// A bound Unix datagram socket, same rules, with the credentials of every sender attached to
// every message (SO_PASSCRED).
[[nodiscard]] Result<Fd> bind_datagram(const std::string& path, mode_t mode);

// Where a daemon's lines go: the terminal if `to_terminal`; else the journal when it is our
// standard error; else syslog when there is one; else standard error. Keep what is returned for
// the life of the program. REQUIRES: before confinement.
[[nodiscard]] Fd open_service_log(bool to_terminal, Severity least, const char* program);

// The service manager's socket ($NOTIFY_SOCKET); absent, everything is a no-op.
class Notifier {
 public:
  // REQUIRES: before confinement.
  [[nodiscard]] static Notifier open();
  Notifier() = default;
  // Adopts its socket.
  explicit Notifier(Fd socket) : socket_{std::move(socket)} {}
  // The socket, for the program that this one becomes.
  [[nodiscard]] Fd release() { return std::move(socket_); }
  void ready() const { say("READY=1"); }
  void stopping() const { say("STOPPING=1"); }
  // "STATUS=…", "WATCHDOG=1"; one write(2), errors ignored.
  void say(std::string_view words) const;
  [[nodiscard]] int number() const { return socket_.number(); }

 private:
  Fd socket_;
};

// SIGTERM, SIGINT, SIGQUIT and SIGHUP set flags and nothing else; they are blocked except
// inside `wait_ready`. SIGPIPE is ignored.
void take_signals();
[[nodiscard]] bool is_stop_requested();
// True once after each SIGHUP.
[[nodiscard]] bool take_hangup();

// ppoll(2) with the signals let in; `timeout` < 0 waits for ever. The number of ready
// descriptors; 0 on timeout or a signal.
[[nodiscard]] Result<int> wait_ready(std::span<pollfd> fds, Nanos timeout);

// Into the background: fork, setsid, fork; the first parent exits 0 when the child closes the
// descriptor that is returned (write one byte first to say "started"), 1 if the child dies
// before that. Standard streams go to /dev/null when the child calls `close_streams`.
[[nodiscard]] Result<Fd> detach();
void close_streams();

}  // namespace ntp
