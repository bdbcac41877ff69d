// The worlds that `sim-worlds` tabulates, each a claim's setting in a few lines.
#pragma once

#include <vector>

#include "tests/sim/world.h"

namespace ntp::sim {

[[nodiscard]] const std::vector<Scenario>& scenarios();
// REQUIRES: there is one of that name.
[[nodiscard]] Scenario scenario(std::string_view name);

// One path both ways: least delay and mean jitter of each direction.
[[nodiscard]] PathShape path(Nanos delay, Nanos jitter, Jitter kind = Jitter::exponential);
[[nodiscard]] ServerShape server(PathShape path);

}  // namespace ntp::sim
