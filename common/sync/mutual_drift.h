// How fast one server's clock runs away from the others'. Every source is seen by the same
// oscillator, so in the difference of two sources' offsets its wander cancels, and what is left is
// the servers alone: level while both are right, and a straight line from the moment on at which
// one begins to drift. Comparing each source's own rate with the median, as one would at first,
// has to allow for a wander that all of them share: a server off by 0.2 ppm then leads for hours.
// Plain functions over measured offsets; keep nothing, decide no standing.
#pragma once

#include <optional>
#include <span>

#include "common/sync/offset_history.h"

namespace ntp {

struct Drift {
  double rate = 0;      // gained by the source against the other, per second
  double variance = 0;  // of it, > 0
  double others = 0;    // share of the variance that is the other's noise, 0 < others <= 1
};

// Of a drift that began at `since`; before, the two ran alike. nullopt while they have too few
// samples in the same time. Neither may be longer than selection::newest_compared.
[[nodiscard]] std::optional<Drift> drift_between(MeasuredOffsets source, MeasuredOffsets other,
                                                 RawTime since);

// Is the first of `servers` the one that drifts: further away from the others together than chance
// has it, and by so much more than any other of them that the blame is its own? `did`: it was said
// so before, and stays so until it agrees again. `did` with fewer than three servers; false where
// fewer than two of the others have samples enough in the same time.
[[nodiscard]] bool runs_away(std::span<const MeasuredOffsets> servers, bool did);

}  // namespace ntp
