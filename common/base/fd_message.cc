// Descriptors travel in one control message; the kernel closes what does not fit.
#include "common/base/fd_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/ensure.h"

namespace ntp {
namespace {

constexpr std::size_t control_room = CMSG_SPACE(most_fds_in_message * sizeof(int));

}  // namespace

ssize_t send_with_fds(const Fd& socket, Octets message, std::span<const int> fds, int flags) {
  std::array<int, most_fds_in_message> numbers{};
  ENSURE(fds.size() <= numbers.size());
  const auto end = std::ranges::copy_if(fds, numbers.begin(), [](int fd) { return fd >= 0; }).out;
  const std::size_t size = static_cast<std::size_t>(end - numbers.begin()) * sizeof(int);

  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) std::array<std::byte, control_room> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (size != 0) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    *rights = {.cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    std::memcpy(CMSG_DATA(rights), numbers.data(), size);
  }
  return ::sendmsg(socket.number(), &header, flags | MSG_NOSIGNAL);
}

FdMessage receive_with_fds(const Fd& socket, WritableOctets into, std::span<Fd> fds, int flags) {
  ENSURE(fds.size() <= most_fds_in_message);
  iovec part{into.data(), into.size()};
  alignas(cmsghdr) std::array<std::byte, control_room> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = fds.empty() ? 0 : CMSG_LEN(fds.size() * sizeof(int));
  FdMessage received{.size = ::recvmsg(socket.number(), &header, flags | MSG_CMSG_CLOEXEC)};
  if (received.size < 0) return received;
  received.is_cut = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
    return received;
  received.fds = std::min((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int), fds.size());
  for (std::size_t i = 0; i < received.fds; ++i) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights) + i * sizeof number, sizeof number);
    fds[i] = Fd{number};
  }
  return received;
}

}  // namespace ntp
