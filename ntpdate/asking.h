// The child of ntpdate: no privilege, own filter. Resolves, asks, prints what -q and -d print,
// and sends one Verdict up the pipe. Sets nothing.
#pragma once

#include <expected>
#include <optional>

#include "common/base/fd.h"
#include "ntpdate/query.h"

namespace ntp::ntpdate {

// The key of -a, or none when none is asked for. What is wrong is said; the error is the exit
// code. REQUIRES: files can still be opened, by whoever may read the keys.
[[nodiscard]] std::expected<std::optional<Key>, int> load_key(const Options& options,
                                                              const Speaker& speaker);

// The exit code of the child: 0 with a verdict sent, 1 when no server is to be believed or
// nothing can be asked. REQUIRES: privilege is gone already; confines itself in two steps.
[[nodiscard]] int run_asking(const Options& options, const Speaker& speaker, PortSockets& port,
                             const Key* key, const Fd& pipe);

}  // namespace ntp::ntpdate
