// Why the server did not answer, in the words of the reports. The reasons are the server's:
// common/control/replies.h.
#pragma once

#include <array>
#include <cstdint>

#include "common/control/replies.h"

namespace ntp::syncctl {

struct DropReason {
  const char* label;
  const char* key;
  std::uint64_t control::ServerDrops::*member;
};
inline constexpr std::array drop_reasons{
    DropReason{"short datagram", "short_datagram", &control::ServerDrops::short_datagram},
    DropReason{"ragged length", "ragged_length", &control::ServerDrops::ragged_length},
    DropReason{"long datagram", "long_datagram", &control::ServerDrops::long_datagram},
    DropReason{"bad extension", "bad_extension", &control::ServerDrops::bad_extension},
    DropReason{"bad MAC length", "bad_mac_length", &control::ServerDrops::bad_mac_length},
    DropReason{"unwanted version", "unwanted_version", &control::ServerDrops::unwanted_version},
    DropReason{"unwanted mode", "unwanted_mode", &control::ServerDrops::unwanted_mode},
    DropReason{"denied", "denied", &control::ServerDrops::denied},
    DropReason{"rate limited", "rate_limited", &control::ServerDrops::rate_limited},
    DropReason{"unknown key", "unknown_key", &control::ServerDrops::unknown_key},
    DropReason{"bad MAC", "bad_mac", &control::ServerDrops::bad_mac},
    DropReason{"no time yet", "no_time", &control::ServerDrops::no_time},
    DropReason{"send failed", "send_failed", &control::ServerDrops::send_failed},
    DropReason{"queue full", "queue_full", &control::ServerDrops::queue_full}};

}  // namespace ntp::syncctl
