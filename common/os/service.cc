// Directories, pid file and notification of a daemon; sockets and signals are in
// service_sockets.cc and service_signals.cc.
#include "common/os/service.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/base/text.h"

namespace ntp {

namespace {

// The pid in the file if that process lives, else 0.
pid_t living_holder(const std::string& path) {
  const Fd file{open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  char text[32];
  const ssize_t size = file.is_open() ? read(file.number(), text, sizeof text) : -1;
  if (size <= 0) return 0;
  const auto pid = parse_integer<pid_t>(trim({text, static_cast<std::size_t>(size)}));
  if (!pid || *pid <= 1 || *pid == getpid()) return 0;
  return kill(*pid, 0) == 0 || errno == EPERM ? *pid : 0;
}

}  // namespace

Result<void> make_directory(const std::string& path, Identity owner, mode_t mode) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    if (mkdir(path.substr(0, at).c_str(), 0755) != 0 && errno != EEXIST) {
      return system_failure("make directory " + path.substr(0, at));
    }
  }
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    return system_failure("make directory " + path);
  const Fd folder{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!folder.is_open()) return system_failure("open directory " + path);
  if (geteuid() != 0) return {};
  if (fchown(folder.number(), owner.uid, owner.gid) != 0 || fchmod(folder.number(), mode) != 0) {
    return system_failure("give directory " + path + " to its user");
  }
  return {};
}

Result<void> write_pid_file(const std::string& path) {
  if (path.empty()) return {};
  if (const pid_t holder = living_holder(path); holder != 0) {
    return failure("another process (" + std::to_string(holder) + ") holds " + path);
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("replace " + path);
  const Fd file{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!file.is_open()) return system_failure("create " + path);
  const std::string text = std::to_string(getpid()) + "\n";
  if (write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return system_failure("write " + path);
  }
  return {};
}

Notifier Notifier::open() {
  Notifier notifier;
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return notifier;
  const std::size_t size = std::strlen(path);
  if (size >= sizeof address.sun_path) return notifier;
  std::memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = '\0';
  Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  if (socket.is_open() &&
      connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), length) == 0) {
    notifier.socket_ = std::move(socket);
  }
  return notifier;
}

void Notifier::say(std::string_view words) const {
  if (!socket_.is_open()) return;
  [[maybe_unused]] const auto ignored = write(socket_.number(), words.data(), words.size());
}

Result<Fd> detach() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_failure("pipe");
  Fd read_end{ends[0]};
  Fd write_end{ends[1]};
  pid_t child = fork();
  if (child < 0) return system_failure("fork");
  if (child > 0) {
    write_end.reset();
    char word = 0;
    _exit(read(read_end.number(), &word, 1) == 1 ? 0 : 1);
  }
  if (setsid() < 0) return system_failure("setsid");
  child = fork();
  if (child < 0) return system_failure("fork");
  if (child > 0) _exit(0);
  return write_end;
}

void close_streams() {
  const Fd null{open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null.is_open()) return;
  for (int stream = 0; stream < 3; ++stream) dup2(null.number(), stream);
}

}  // namespace ntp
