// The legends, drawn so that each arrow ends above its column.
#include "syncctl/legends.h"

namespace ntp::syncctl {

const std::string_view sources_legend =
    R"(
  ,- Mode: ^ a server, = a peer, # a clock of this machine
 /  ,- State: * followed, + combined with it, - agrees but unused,
 | /          x outvoted, ~ varies too much, ? not usable
 ||                  ,- Interval between polls, log2 of seconds
 ||                 |   ,- Last eight polls, octal, newest lowest        ,- Error at
 ||                 |  |       ,- Offset now  ,- Offset as measured      |  the most
 ||                 |  |       |   (positive: this clock is ahead)       |
)";

const std::string_view source_stats_legend =
    R"(                            ,- Samples kept
                           |   ,- Runs of residuals of one sign
                           |   |   ,- Time between the oldest and newest sample
                           |   |  |           ,- Rate of this clock against the
                           |   |  |          |   source, in ppm (residual)
                           |   |  |          |         ,- Error of that rate
                           |   |  |          |         |       ,- Offset, estimated
                           |   |  |          |         |       |     ,- Spread of
                           |   |  |          |         |       |     |  the samples
)";

const std::string_view select_data_legend =
    R"( ,- * followed, + combined, N noselect, M no samples, s not synchronised,
|    r stratum, d or D too far, ~ jittery, w or W waits for others, S stale,
|    O orphan, T not trusted, P not preferred, U waits for an update,
|    x falseticker, L outlier
|   Options in effect ----------.     (N noselect, P prefer, T trust,
|   Options configured ---.      \     R require)
|   Authenticated -.       \      \     ,- Interval that holds the truth
|                   \       \      |   |
)";

const std::string_view auth_data_legend =
    R"(                           ,- NTS, or SK for a symmetric key
                          |    ,- Key, its algorithm (number), its bits
                          |   |               ,- Last key exchange, attempts
                          |   |              |          ,- NTS: refusals,
                          |   |              |         |   cookies, their octets
)";

}  // namespace ntp::syncctl
