// The rows of refclocks.log, in chrony's columns: each look as it came, each sample as it left.
// Offsets in this log are positive when our clock is slow. Makes text, writes nothing.
#pragma once

#include <string>
#include <string_view>

#include "refclockd/clock.h"

namespace ntp::refclockd {

inline constexpr std::string_view log_heading =
    "   Date (UTC) Time         Refid  DP L P  Raw offset   Cooked offset      Disp.";

// The look that the clock has just taken, as its driver gave it. `when`: what the system clock
// showed at the look, or when the sample was taken.
[[nodiscard]] std::string look_row(const Clock& clock, const Look& look, SystemTime when);
[[nodiscard]] std::string sample_row(const ReferenceSample& sample, SystemTime when);

}  // namespace ntp::refclockd
