// Does a leap second come? The majority of the selectable sources decides; a source that says
// "unsynchronised" has no vote. Keeps no state, knows no calendar.
#pragma once

#include <span>

#include "common/time/estimate.h"

namespace ntp {

// Leap::none unless more than half of the voters say the same insert or remove.
// Leap::unsynchronised when nobody may vote.
[[nodiscard]] Leap count_leap_votes(std::span<const Leap> votes);

}  // namespace ntp
