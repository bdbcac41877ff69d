// How fast one server's clock runs away from the others'. Every source is seen by the same
// oscillator, so in the difference of two sources' offsets its wander cancels, and a straight
// line through the differences shows the servers alone. Comparing each source's own rate with
// the median, as one would at first, has to allow for a wander that all of them share: a server
// off by 0.2 ppm then leads for hours. Plain functions over histories; decides no standing.
#pragma once

#include <optional>
#include <span>

#include "common/sync/offset_history.h"

namespace ntp {

struct Drift {
  double rate = 0;       // gained by the source against the other, per second
  double deviation = 0;  // one sd of it, > 0
};

// nullopt while the two have too few samples in the same time. Neither may be longer than an
// OffsetHistory.
[[nodiscard]] std::optional<Drift> drift_between(MeasuredOffsets source, MeasuredOffsets other);

// The source's drift against the others in sd: the median, of which a drifter among the others is
// no part. Its own offsets among the others are passed over. nullopt with fewer than two that can
// be compared.
[[nodiscard]] std::optional<double> drift_in_deviations(MeasuredOffsets source,
                                                        std::span<const MeasuredOffsets> others);

}  // namespace ntp
