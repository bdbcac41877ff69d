// The only system calls that clockd makes once it runs.
#pragma once

#include <fcntl.h>

#include <ctime>

#include "common/os/sandbox.h"

namespace ntp::clockd {

inline constexpr Allow promise[] = {
    {"ppoll"},    // the one place where it waits
    {"accept4"},  // visitors
    {"recvmsg"},
    {"sendmsg"},
    {"close"},
    {"fcntl", 1, Match::equal, F_GET_SEALS},  // vetting of a ring
    {"pread64"},                              // one copy of a record
    {"pwrite64"},                             // the store
    {"clock_adjtime", 0, Match::equal, CLOCK_REALTIME},
    {"clock_gettime"},  // where the vDSO cannot
    {"write"},          // log and service manager
    {"getpid"},         // in syslog lines
    {"rt_sigreturn"},
    {"exit_group"},
};
inline constexpr int promised_calls = sizeof promise / sizeof promise[0];
static_assert(promised_calls <= 14);

}  // namespace ntp::clockd
