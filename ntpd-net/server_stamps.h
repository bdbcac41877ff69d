// Which stamp of a packet a worker believes: the card's (`hwtimestamp`), the kernel's, or its own
// look at the clock; and what the machine's clock showed then. Reads no clock and no card.
#pragma once

#include <optional>

#include "common/os/udp.h"
#include "ntpd-net/card_line.h"
#include "ntpd-net/server_answer.h"
#include "ntpd-net/server_counters.h"

namespace ntp {

// A time, and the counter of whose word it is.
struct Stamped {
  SystemTime at{};
  Count by{};
};

// When a request came; never fails, for the batch itself was taken just now.
[[nodiscard]] Stamped stamp_arrival(const std::optional<SystemTime>& kernel,
                                    const std::optional<CardStamp>& by_card,
                                    const NewestCards& cards, const Serving& serving);
// When an answer left; nullopt where that cannot have been.
[[nodiscard]] std::optional<Stamped> stamp_departure(const Departure& departure,
                                                     const NewestCards& cards,
                                                     const Serving& serving);

}  // namespace ntp
