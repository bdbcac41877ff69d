// The legends, drawn so that each arrow ends above its column.
#include "syncctl/legends.h"

namespace ntp::syncctl {

const std::string_view sources_legend =
    R"(
,- Mode: ^ server, = peer, # clock of this machine            Worst error -.
|,- State: * followed, + combined, - agrees but unused,                    |
||  x outvoted, ~ varies too much, ? not usable                            |
||                                   ,- Interval of polls, log2 of seconds |
||                                   |    ,- Last eight polls, octal       |
||                                   |    |            ,- Offset now,      |
||                                   |    |            |       ,- as seen  |
)";

const std::string_view source_stats_legend =
    R"(                           ,- Samples kept              Spread of samples -.
                           |   ,- Runs of residuals of one sign            |
                           |   |     ,- Time that the samples span         |
                           |   |     |        ,- Rate against the source   |
                           |   |     |        |          ,- Error of the rate
                           |   |     |        |          |        ,- Offset|
)";

const std::string_view select_data_legend =
    R"(,- State: * followed, + combined, N noselect, M no samples, x falseticker,
|  s not synchronised, r stratum, d D distance, ~ jitter, w W waits,
|  S stale, O orphan, T not trusted, P not preferred, U awaits an update,
|  L outlier
|                           ,- Authenticated
|                           |   ,- Options configured: N noselect, P prefer,
|                           |   |     ,- and in effect:   T trust, R require
|                           |   |     |                     ,- Holds our error
)";

const std::string_view auth_data_legend =
    R"(                              ,- NTS, or SK for a symmetric key
                              |    ,- Key
                              |    |     ,- Its algorithm
                              |    |     |    ,- Its bits
                              |    |     |    |    ,- NTS: last key exchange,
                              |    |     |    |    |    ,- attempts,
                              |    |     |    |    |    |    ,- refusals,
                              |    |     |    |    |    |    |    ,- cookies,
                              |    |     |    |    |    |    |    |    ,- their octets
)";

}  // namespace ntp::syncctl
