// sd_notify(3)'s and sd_listen_fds(3)'s protocols, of which this is all that is needed; libsystemd
// is not linked.
#include "common/os/fd_store.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <span>

#include "common/base/fd_message.h"
#include "common/base/text.h"
#include "common/os/service.h"

namespace ntp {
namespace {

constexpr int first_handed = 3;  // SD_LISTEN_FDS_START
constexpr int most_handed = 4096;
constexpr int patience = 5000;  // ms, with a manager that does not answer

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

// The next of the names between colons; "" when there is none left.
std::string next_name(std::string_view& names) {
  const auto length = std::min(names.find(':'), names.size());
  std::string name{names.substr(0, length)};
  names.remove_prefix(std::min(length + 1, names.size()));
  return name;
}

}  // namespace

std::vector<KeptFd> take_kept_fds() {
  std::vector<KeptFd> kept;
  const auto pid = parse_integer<pid_t>(variable("LISTEN_PID"));
  const auto count = parse_integer<int>(variable("LISTEN_FDS"));
  if (pid && *pid == ::getpid() && count && *count > 0 && *count <= most_handed) {
    std::string_view names = variable("LISTEN_FDNAMES");
    for (int number = first_handed; number < first_handed + *count; ++number) {
      KeptFd each{.name = next_name(names), .fd = Fd{number}};
      if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0) (void)each.fd.release();  // it was not open
      else kept.push_back(std::move(each));
    }
  }
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return kept;
}

Result<FdStore> FdStore::open() {
  Notifier notifier = Notifier::open();
  Fd socket = notifier.release();
  if (!socket.is_open()) return failure("there is no service manager ($NOTIFY_SOCKET)");
  return FdStore{std::move(socket)};
}

Result<void> FdStore::say(std::string_view words, int attached) const {
  if (send_with_fd(socket_, std::as_bytes(std::span{words}), attached) < 0)
    return system_failure("tell the service manager");
  return {};
}

Result<void> FdStore::keep(std::string_view name, const Fd& fd) const {
  // Not polled: a time stamp on the error queue would make the manager drop it.
  return say("FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string{name}, fd.number());
}

Result<void> FdStore::forget(std::string_view name) const {
  return say("FDSTOREREMOVE=1\nFDNAME=" + std::string{name}, -1);
}

Result<void> FdStore::wait() const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("pipe");
  const Fd ours{ends[0]};
  Fd theirs{ends[1]};
  NTP_TRY(say("BARRIER=1", theirs.number()));
  theirs.reset();
  pollfd closed{ours.number(), 0, 0};  // by the manager, once it is there
  if (::poll(&closed, 1, patience) <= 0) return failure("the service manager does not answer");
  return {};
}

}  // namespace ntp
