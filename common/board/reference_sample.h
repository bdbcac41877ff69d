// What refclockd tells the network daemon: one look at a hardware clock, with the local side
// already on the raw clock. Integers only. The ring it travels in is common/board/sample_board;
// belief in it, statistics and selection are common/sync. Knows no device.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/time/estimate.h"
#include "common/time/instants.h"

namespace ntp {

struct ReferenceSample {
  std::uint64_t sequence = 0;      // strictly growing over the whole ring, from 1
  std::uint32_t line = 0;          // which `refclock` line of the configuration, counted from 0
  std::uint32_t reference_id = 0;  // that line's refid, big-endian ASCII: both sides must agree
  RawTime taken{};                 // when the reference was looked at
  UtcTime utc{};                   // what it showed then; with `pulse_interval` only modulo that
  Nanos pulse_interval{0};  // 0: `utc` is complete; else the seconds must come from elsewhere
  Nanos dispersion{0};      // one standard deviation of what the filter let through, >= 0
  Nanos spread{0};          // a draw of the noise in `utc` alone, either sign
  Nanos delay{0};           // `delay` of the line: the sample's round trip, >= 0
  Nanos precision{1};       // > 0
  Leap leap = Leap::none;
  std::uint8_t stratum = 0;  // 0..15, of the reference itself: ours is one more

  friend bool operator==(const ReferenceSample&, const ReferenceSample&) = default;
};

inline constexpr Nanos most_spread = 1s;

// How far from the whole second a pulse may seem to be and still be told from its neighbour, and,
// where both edges come, `width` apart (0: one edge only), from the other edge.
[[nodiscard]] constexpr Nanos most_doubt(Nanos pulse_interval, Nanos width) {
  const Nanos doubt = pulse_interval / 5 * 2;
  if (width <= Nanos{0} || width >= pulse_interval) return doubt;
  return std::min({doubt, width / 2, (pulse_interval - width) / 2});
}

// The complete time of a pulse, numbered by `near`, another opinion of UTC at `sample.taken` whose
// worst error is `bound`. nullopt while `bound` and the distance together reach `most_doubt`.
[[nodiscard]] constexpr std::optional<UtcTime> number_pulse(const ReferenceSample& sample,
                                                            UtcTime near, Nanos bound,
                                                            Nanos width) {
  if (sample.pulse_interval == Nanos{0}) return sample.utc;
  const std::int64_t interval = sample.pulse_interval.count();
  const std::int64_t apart = (near - sample.utc).count();
  std::int64_t whole = apart / interval;
  std::int64_t rest = apart % interval;
  if (rest < 0) {
    rest += interval;
    --whole;
  }
  if (rest > interval / 2) {
    rest -= interval;
    ++whole;
  }
  const Nanos doubt = Nanos{rest < 0 ? -rest : rest} + bound;
  if (bound < Nanos{0} || doubt >= most_doubt(sample.pulse_interval, width)) return std::nullopt;
  return sample.utc + Nanos{whole * interval};
}

}  // namespace ntp
