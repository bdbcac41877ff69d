// Chooses where a daemon's log lines go.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "common/os/service.h"

namespace ntp {

namespace {

Fd connect_syslog() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/dev/log");
  Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (socket.is_open() &&
      connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    socket.reset();
  }
  return socket;
}

}  // namespace

Fd open_service_log(bool to_terminal, Severity least, const char* program) {
  tzset();  // reads a file once; not after confinement
  if (!to_terminal && std::getenv("JOURNAL_STREAM") != nullptr) {
    open_log(2, LogStyle::journal, least, program);
    return {};
  }
  Fd socket = to_terminal ? Fd{} : connect_syslog();
  if (socket.is_open()) open_log(socket.number(), LogStyle::syslog, least, program);
  else open_log(2, LogStyle::plain, least, program);
  return socket;
}

}  // namespace ntp
