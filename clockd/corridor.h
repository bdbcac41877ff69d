// How far time may be moved, ever: a straight line over the raw clock, pinned when this boot
// first knew the time, and the band around it in which every estimate must lie. The band
// follows the estimates and widens by a fixed amount a day, so the sum of all motion is
// bounded whatever order the records come in - there is nothing to reset.
//
// The obvious way, adding up |correction|, fails both ways: an honest noisy network spends
// any budget in hours, and a hostile one moves the clock by what the base rate hides. Here
// only the place where time would be put counts, not the road to it.
#pragma once

#include "clockd/judge_params.h"
#include "common/time/estimate.h"

namespace ntp::clockd {

struct Corridor {
  RawTime pinned{};
  UtcTime utc{};   // at `pinned`
  Rate rate{};     // UTC gained per raw second, as learnt
  RawTime seen{};  // when the band was last moved
  Nanos place{0};  // the estimate minus the line then
  Nanos low{0};    // the band then, <= place
  Nanos high{0};

  // The estimate minus the line. REQUIRES: `line` passed the range checks.
  [[nodiscard]] Nanos place_of(const Estimate& line, RawTime now) const;
  [[nodiscard]] bool holds(Nanos where, RawTime now, Rate growth) const;
  // The nearer wall's distance at `now`.
  [[nodiscard]] Nanos room(RawTime now, Rate growth) const;
  void follow(Nanos where, RawTime now, Rate growth);
  // The machine slept: the raw clock stood still, the RTC says for how long.
  void sleep(Nanos slept);
  // Civil time was set back (insert, +1) or forward by a leap second that root announced.
  void leap(int seconds);

  constexpr bool operator==(const Corridor&) const = default;
};

// A new corridor through the estimate.
[[nodiscard]] Corridor pin_corridor(const Estimate& line, Rate rate, RawTime now);

}  // namespace ntp::clockd
