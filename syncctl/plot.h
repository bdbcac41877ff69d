// A picture of how far the clock was off, in letters: the offset inside its bound, over time.
// Pure; watch.cc asks and draws.
#pragma once

#include <span>
#include <string>

#include "common/time/instants.h"

namespace ntp::syncctl {

struct PlotPoint {
  Seconds offset{};  // positive: the clock is ahead
  Seconds bound{};   // worst error, >= 0
};

// `height` lines (odd, >= 3) of `width` columns after a scale; the newest point is on the right.
// '*' is the offset, ':' the bound on both sides, '-' the truth.
[[nodiscard]] std::string plot(std::span<const PlotPoint> points, std::size_t width,
                               std::size_t height);

}  // namespace ntp::syncctl
