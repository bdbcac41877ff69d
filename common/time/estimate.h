// The one fact the network daemon tells the world: UTC as a straight line over
// the raw clock, and how wrong that line can be. Knows neither sources nor clocks.
#pragma once

#include <chrono>

#include "common/time/instants.h"

namespace ntp {

// RFC 5905 leap indicator. `unsynchronised` doubles as "alarm".
enum class Leap : std::uint8_t { none = 0, insert = 1, remove = 2, unsynchronised = 3 };

struct Estimate {
  RawTime anchor{};     // where the line is pinned
  UtcTime utc{};        // UTC at the anchor
  Rate rate{};          // UTC gained per raw second, minus one
  Nanos bound{0};       // worst error of `utc` at the anchor, >= 0
  Rate bound_growth{};  // how fast the bound widens away from the anchor, >= 0
  Nanos deviation{0};   // one standard deviation of `utc` at the anchor, >= 0

  [[nodiscard]] constexpr UtcTime at(RawTime t) const {
    const Nanos since = t - anchor;
    return utc + since + rate * since;
  }
  [[nodiscard]] constexpr Nanos bound_at(RawTime t) const {
    return bound + bound_growth * std::chrono::abs(t - anchor);
  }
};

}  // namespace ntp
