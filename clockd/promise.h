// The only system calls that clockd makes once it runs: compiled by the starter, loaded by the
// steerer.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <ctime>

#include "common/os/sandbox.h"

namespace ntp::clockd {

inline constexpr Allow promise[] = {
    {"ppoll"},    // the one place where it waits
    {"accept4"},  // visitors
    {"getsockopt", 2, Match::equal, SO_PEERCRED},
    {"recvmsg"},
    {"sendmsg"},
    {"close"},
    {"fcntl", 1, Match::equal, F_GET_SEALS},  // vetting of a ring
    {"pread64"},                              // one copy of a record
    {"pwrite64"},                             // the store
    {"clock_adjtime", 0, Match::equal, CLOCK_REALTIME},
    {"clock_gettime"},  // where the vDSO cannot
    {"write"},          // log and service manager
    {"rt_sigreturn"},
    {"exit_group"},
};
inline constexpr int promised_calls = sizeof promise / sizeof promise[0];
static_assert(promised_calls <= 14);

}  // namespace ntp::clockd
