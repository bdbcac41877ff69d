// What a few exchanges say of a line together: each is taken in the light of all others, also of
// the later ones, in four passes (expectation propagation). Taken one after the other, a late
// packet moves the line before a quick one tells how late it was, and an hour does not mend that.
// Sixteen exchanges together, behind exponential waits: 11 % less error, of the rate 18 %.
// Knows one path, and noise as it is given; learns none.
#pragma once

#include <span>

#include "common/sync/delays.h"
#include "common/sync/gaussian.h"

namespace ntp {

// `prior`: at the first exchange, its rate's at the last; what is returned is at the last, without
// asymmetry. `densities`: of the rate's wander, 1/s. REQUIRES: 1 to line::first_exchanges of them.
[[nodiscard]] LevelBeliefs taken_together(const LevelBeliefs& prior, const PerLevel& densities,
                                          std::span<const TimedDelays> batch,
                                          const TwoWayNoise& noise, const TwoWayOutliers& outliers);

}  // namespace ntp
