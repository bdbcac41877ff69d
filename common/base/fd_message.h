// One message over a Unix socket with descriptors beside its octets (SCM_RIGHTS). Opens no socket
// and gives no meaning to what is said.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "common/base/fd.h"
#include "common/base/octets.h"

namespace ntp {

inline constexpr std::size_t most_fds_in_message = 8;

// As sendmsg(2) returns, with its flags; never a signal. REQUIRES: fds.size() <=
// most_fds_in_message.
ssize_t send_with_fds(const Fd& socket, Octets message, std::span<const int> fds, int flags = 0);
// Below 0: none.
inline ssize_t send_with_fd(const Fd& socket, Octets message, int fd, int flags = 0) {
  return send_with_fds(socket, message, {&fd, fd < 0 ? std::size_t{0} : 1}, flags);
}

struct FdMessage {
  ssize_t size = -1;    // as recvmsg(2) returns
  std::size_t fds = 0;  // that came
  bool is_cut = false;  // octets or descriptors had no room
};
// The kernel is given room for `fds.size()` descriptors exactly: none can come in where none may.
// REQUIRES: fds.size() <= most_fds_in_message, all closed. They are closed on exec.
FdMessage receive_with_fds(const Fd& socket, WritableOctets into, std::span<Fd> fds, int flags = 0);

}  // namespace ntp
