// Listening Unix sockets: a stale file is replaced, a living one is somebody else's.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/os/service.h"

namespace ntp {

namespace {

constexpr int waiting_connections = 16;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("socket path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool is_answered(const sockaddr_un& address, int type) {
  const Fd probe{socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!probe.is_open()) return false;
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  return connect(probe.number(), generic, sizeof address) == 0 || errno == EAGAIN;
}

// Only a socket is replaced: a plain file there is the operator's.
Result<void> clear_path(const std::string& path, const sockaddr_un& address, int type) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return failure(path + " is in the way and is no socket");
  if (is_answered(address, type)) return failure("another process answers at " + path);
  if (unlink(path.c_str()) != 0) return system_failure("replace " + path);
  return {};
}

Result<Fd> bind_socket(const std::string& path, int type, mode_t mode) {
  const auto address = NTP_TRY(address_of(path));
  NTP_TRY(clear_path(path, address, type));
  Fd bound{socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!bound.is_open()) return system_failure("socket");
  // The file appears with no permission and gets its mode when it is there.
  const mode_t before = umask(0777);
  const int refused =
      bind(bound.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int code = errno;
  umask(before);
  if (refused != 0) return system_failure("bind " + path, code);
  if (chmod(path.c_str(), mode) != 0) return system_failure("chmod " + path);
  return bound;
}

}  // namespace

Result<Fd> listen_seqpacket(const std::string& path, mode_t mode) {
  auto listener = NTP_TRY(bind_socket(path, SOCK_SEQPACKET, mode));
  if (listen(listener.number(), waiting_connections) != 0)
    return system_failure("listen at " + path);
  return listener;
}

Result<Fd> bind_datagram(const std::string& path, mode_t mode) {
  auto bound = NTP_TRY(bind_socket(path, SOCK_DGRAM, mode));
  const int on = 1;
  if (setsockopt(bound.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
    return system_failure("SO_PASSCRED");
  return bound;
}

}  // namespace ntp
