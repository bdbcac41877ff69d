// Whether the hardware clock is a source of time (`refclock RTC`): then nobody may write it, for
// that would make the source of the clock that it measures. Reads the lines and nothing else.
#pragma once

#include <span>

#include "common/conf/lines.h"

namespace ntp {

[[nodiscard]] bool is_rtc_a_reference(std::span<const ConfLine> lines);

}  // namespace ntp
