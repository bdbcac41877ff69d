// A world for other programs: what one seed makes of a scenario, as plain numbers, so that a
// peer under a simulator of system calls can live in the very same one. Runs nothing.
#pragma once

#include <string>

#include "common/base/result.h"
#include "tests/sim/world.h"

namespace ntp::sim {

// Into the folder: `crystal` (text, rate error of each second), `up.K` and `down.K` for server K
// from 1 (float64: the slot's length in s, then the delay of a packet in each slot, 0 = lost), and
// `world` (text, shell variables: length, warm, servers, poll, the servers' offsets and rates).
[[nodiscard]] Result<void> export_world(const Scenario& scenario, std::uint64_t seed,
                                        const std::string& folder);

}  // namespace ntp::sim
