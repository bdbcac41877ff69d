// Root's word on leap seconds, read for whoever needs it: the file of `leapseclist` or the zone of
// `leapsectz`. What is in it is common/time/leap_table; what becomes of a leap is its readers'.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/conf/clock_settings.h"
#include "common/time/leap_table.h"

namespace ntp {

// The file as it is; "" when none is configured, or when the zone is not installed here (which is
// logged). A list that cannot be read is an error of root's.
[[nodiscard]] Result<std::string> read_leap_source(const ClockSettings& settings);
// The table of either form; an empty one of "".
[[nodiscard]] Result<LeapTable> parse_leap_source(const std::string& text);

}  // namespace ntp
