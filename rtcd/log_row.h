// The row of rtc.log, in chrony's columns: a measurement of the hardware clock beside what its line
// foretold. Makes text, writes nothing.
#pragma once

#include <string>
#include <string_view>

#include "rtcd/keeper.h"
#include "rtcd/rtc_line.h"

namespace ntp::rtcd {

inline constexpr std::string_view log_heading =
    "   Date (UTC) Time   RTC fast (s) Val   Est fast (s)   Slope (ppm)  Ns  Nr Meas";

// The newest measurement and the line that was fitted with it.
[[nodiscard]] std::string measurement_row(const RtcMeasurement& newest, const RtcTrack& track,
                                          const RtcLine& line);

}  // namespace ntp::rtcd
