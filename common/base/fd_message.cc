// Descriptors travel in one control message; the kernel closes what does not fit.
#include "common/base/fd_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstring>

#include "common/base/ensure.h"

namespace ntp {
namespace {

constexpr std::size_t control_room = CMSG_SPACE(most_fds_in_message * sizeof(int));

}  // namespace

ssize_t send_with_fds(const Fd& socket, Octets message, std::span<const int> fds, int flags) {
  ENSURE(fds.size() <= most_fds_in_message);
  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) std::byte control[control_room]{};
  const std::size_t room = fds.empty() ? 0 : CMSG_SPACE(fds.size_bytes());
  msghdr header{nullptr, 0, &part, 1, control, room, 0};  // to nobody by name; no flags
  if (cmsghdr* const rights = CMSG_FIRSTHDR(&header)) {
    *rights = {CMSG_LEN(fds.size_bytes()), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  return ::sendmsg(socket.number(), &header, flags | MSG_NOSIGNAL);
}

FdMessage receive_with_fds(const Fd& socket, WritableOctets into, std::span<Fd> fds, int flags) {
  ENSURE(fds.size() <= most_fds_in_message);
  iovec part{into.data(), into.size()};
  alignas(cmsghdr) std::byte control[control_room]{};
  const std::size_t room = fds.empty() ? 0 : CMSG_LEN(fds.size() * sizeof(int));
  msghdr header{nullptr, 0, &part, 1, control, room, 0};
  FdMessage received{.size = ::recvmsg(socket.number(), &header, flags | MSG_CMSG_CLOEXEC)};
  received.is_cut = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return received;
  received.fds = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < received.fds; ++i)
    fds[i] = Fd{reinterpret_cast<const int*>(CMSG_DATA(rights))[i]};
  return received;
}

}  // namespace ntp
