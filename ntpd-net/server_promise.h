// What a worker of the server promises the kernel: the only system calls that it will make after
// its start.
#pragma once

#include <iterator>

#include "common/os/sandbox.h"

namespace ntp {

// No call here names a file, a process, a socket that is not open yet, or a clock to set.
inline constexpr Allow server_promise[] = {
    {"recvmmsg"},
    {"sendmmsg"},
    {"ppoll"},
    {"recvmsg"},                      // the error queue
    {"clock_gettime"},                // where the vDSO cannot answer
    {"write", 0, Match::at_most, 2},  // the last words of an internal error
    {"exit_group"},
    {"rt_sigreturn"},
    {"restart_syscall"},  // after a stop and continue
    {"munmap"},           // leaving: memory given back
};
static_assert(std::size(server_promise) <= 12);

}  // namespace ntp
