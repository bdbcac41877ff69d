// The optional fast path: an XDP program that answers plain requests before the network
// stack (ntpd-xdp). Here it is ordered from its loader while the supervisor still is root, and
// its maps are put into the roles' memory. Off unless the configuration names an interface.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/conf/settings.h"
#include "common/fastpath/layout.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

// What the loader handed over. The program stays on the interface while `link` is open
// anywhere: the supervisor keeps it, no role gets it.
struct FastPath {
  Fd link, state, access, counters, clients;
  bool in_driver = false;
};

// Runs the loader that lies beside our own program; the reason when there is no fast path.
[[nodiscard]] Result<FastPath> start_fast_path(const Settings& settings);

// The roles' part: the client role writes the access list and reads what was counted, the
// first worker writes the time.
[[nodiscard]] Result<Mapped<fast_state>> map_fast_state(const Fd& fd);
[[nodiscard]] Result<Mapped<AccessPage>> map_fast_access(const Fd& fd);
// One page a processor.
[[nodiscard]] Result<Mapped<const CounterPage>> map_fast_counters(const Fd& fd);
[[nodiscard]] Result<Mapped<const ClientSet>> map_fast_clients(const Fd& fd);

}  // namespace ntp
