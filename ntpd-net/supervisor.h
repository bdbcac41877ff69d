// The supervisor: opens what needs root, gives up every privilege, then keeps the roles alive
// and the few files that change. It parses no packet and no name.
#pragma once

#include "common/base/fd.h"
#include "common/conf/grammar.h"
#include "ntpd-net/options.h"

namespace ntp {

// `syslog` is where log lines go when it is open, else standard error. Until SIGTERM, `shutdown`,
// or the end of a one-shot errand; the exit code.
[[nodiscard]] Result<int> supervise(const Options& options, Configuration configuration,
                                    const Fd& syslog);

}  // namespace ntp
