// See office.h.
#include "ntpd-net/office.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace ntp {

bool Office::say(const OfficeMessage& message) {
  if (!channel_.is_open()) return false;
  return ::send(channel_.number(), &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         sizeof message;
}

bool Office::say(const OfficeMessage& message, const Fd& attached) {
  if (!channel_.is_open()) return false;
  OfficeMessage copy = message;
  iovec part{&copy, sizeof copy};
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* cmsg = CMSG_FIRSTHDR(&header);
  *cmsg = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  const int number = attached.number();
  std::memcpy(CMSG_DATA(cmsg), &number, sizeof number);
  return ::sendmsg(channel_.number(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof copy;
}

std::optional<Office::Heard> Office::hear() {
  if (!channel_.is_open()) return std::nullopt;
  Heard heard;
  iovec part{&heard.message, sizeof heard.message};
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t length = ::recvmsg(channel_.number(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) gone_ = true;
  if (length <= 0) return std::nullopt;
  if (const cmsghdr* cmsg = CMSG_FIRSTHDR(&header);
      cmsg != nullptr && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
      cmsg->cmsg_len == CMSG_LEN(sizeof(int))) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(cmsg), sizeof number);
    heard.attached = Fd{number};
  }
  if (length != sizeof heard.message) return std::nullopt;
  return heard;
}

}  // namespace ntp
