// See office.h.
#include "ntpd-net/office.h"

#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "common/base/fd_message.h"

namespace ntp {

bool Office::say(const OfficeMessage& message) {
  if (!channel_.is_open()) return false;
  return ::send(channel_.number(), &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         sizeof message;
}

bool Office::say(const OfficeMessage& message, const Fd& attached) {
  if (!channel_.is_open()) return false;
  const auto octets = std::as_bytes(std::span{&message, 1});
  return send_with_fd(channel_, octets, attached.number(), MSG_DONTWAIT) == sizeof message;
}

std::optional<Office::Heard> Office::hear() {
  if (!channel_.is_open()) return std::nullopt;
  Heard heard;
  const auto octets = std::as_writable_bytes(std::span{&heard.message, 1});
  const FdMessage came = receive_with_fds(channel_, octets, {&heard.attached, 1}, MSG_DONTWAIT);
  if (came.size == 0 || (came.size < 0 && errno != EAGAIN && errno != EINTR)) gone_ = true;
  if (came.size != sizeof heard.message) return std::nullopt;
  return heard;
}

}  // namespace ntp
