// Descriptors that the service manager keeps between two processes of a unit (systemd's FDSTORE):
// what one of them opened with a privilege, the next receives and needs none for it. Without a
// service manager there is neither; the manager's word is believed only about our own start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp {

struct KeptFd {
  std::string name{};  // printable, no colon; several may share it
  Fd fd{};
};

// What was handed to this process at its start ($LISTEN_FDS), closed on exec from now on; the
// variables are gone from the environment then. In no order.
[[nodiscard]] std::vector<KeptFd> take_kept_fds();

class FdStore {
 public:
  // An error without $NOTIFY_SOCKET.
  [[nodiscard]] static Result<FdStore> open();
  // A copy goes to the manager, ours stays open.
  [[nodiscard]] Result<void> keep(std::string_view name, const Fd& fd) const;
  // Every one of that name.
  [[nodiscard]] Result<void> forget(std::string_view name) const;
  // Until all that was said before is done: who ends earlier is no longer known to have said it.
  [[nodiscard]] Result<void> wait() const;

 private:
  explicit FdStore(Fd socket) : socket_{std::move(socket)} {}
  [[nodiscard]] Result<void> say(std::string_view words, int attached) const;
  Fd socket_;
};

}  // namespace ntp
