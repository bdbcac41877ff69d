// System time of the recent past as raw time, and back: pairs of the two clocks, read at every
// look, between which the rate is what it was, whoever steered meanwhile. A step in between voids
// stamps near it. Pure: is given the pairs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/time/clocks.h"

namespace ntp::refclockd {

class History {
 public:
  static constexpr std::size_t most = 64;
  static constexpr Nanos oldest = 20s;          // a stamp older than that is nobody's business
  static constexpr double fastest_slew = 0.12;  // more than any clock is slewed: that was a step

  // Pairs in order of raw time.
  void take(const Reading& reading);

  // nullopt: older than the history or `oldest`, later than its newest pair, or near a step.
  [[nodiscard]] std::optional<RawTime> to_raw(SystemTime stamp) const;
  // What the system clock showed then, for reports; outside the history as if both clocks ran alike
  // from its nearest pair on. REQUIRES: a pair was taken.
  [[nodiscard]] SystemTime to_system(RawTime then) const;

 private:
  [[nodiscard]] const Reading& back(std::size_t i) const {
    return ring_[(next_ + most - 1 - i) % most];
  }

  std::array<Reading, most> ring_{};
  std::size_t count_ = 0, next_ = 0;
};

}  // namespace ntp::refclockd
