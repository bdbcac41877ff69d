// Names on the command line become servers to ask: every address of every name. Uses the
// system's resolver, so it runs in the child that holds no privilege. Asks no time server.
#pragma once

#include <expected>
#include <vector>

#include "ntpdate/choice.h"
#include "ntpdate/options.h"
#include "ntpdate/report.h"

namespace ntp::ntpdate {

inline constexpr std::size_t most_servers = 64;

// In the order of the command line. What cannot be resolved is said and skipped; an error is
// said, too: no name server, or nobody left to ask.
[[nodiscard]] std::expected<std::vector<Asked>, int> resolve_servers(const Options& options,
                                                                     const Speaker& speaker);

}  // namespace ntp::ntpdate
