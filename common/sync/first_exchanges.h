// The first exchanges with a source, looked at together: how noisy each direction of its path is,
// and whether the very first answer is one of them. Knows no filter.
#pragma once

#include <span>

#include "common/sync/delays.h"
#include "common/sync/noise_opinion.h"

namespace ntp {

// Noise scales by the spread of the round trips and of each direction. `spread_in_scales`: mean
// less least, in scales, that so many exchanges have. REQUIRES: 1 to line::first_exchanges of them.
[[nodiscard]] Sharpness first_scale(std::span<const TimedDelays> batch, double spread_in_scales);

// The first exchange contradicts every later one beyond what delays and rates (about `rate`)
// explain, and they agree: an old answer after waking, or a server that was not set yet.
[[nodiscard]] bool is_first_astray(std::span<const TimedDelays> batch, double rate);

}  // namespace ntp
