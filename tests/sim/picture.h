// Pictures of a clock in plain SVG: its error over time, and the Allan deviation of the steered
// clock beside its free-running crystal's. Draws; judges nothing.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "tests/sim/oscillator.h"

namespace ntp::sim {

// `errors`: s, one a second.
[[nodiscard]] Result<void> draw_clock(const std::string& path, const std::string& title,
                                      const std::vector<float>& errors, Oscillator crystal);

// Overlapping Allan deviation of phase samples one second apart. REQUIRES: 2 tau < size.
[[nodiscard]] double allan_deviation(const std::vector<double>& phase, std::size_t tau);

}  // namespace ntp::sim
