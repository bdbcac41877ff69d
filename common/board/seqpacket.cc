// See seqpacket.h.
#include "common/board/seqpacket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace ntp {

Result<Fd> connect_seqpacket(const std::string& path, Blocking blocking) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + ": name too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int mode = blocking == Blocking::yes ? 0 : SOCK_NONBLOCK;
  Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | mode, 0)};
  if (!socket.is_open()) return system_failure("create a Unix socket");
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure("connect to " + path);
  return socket;
}

}  // namespace ntp
