// What root allows, from the configuration's clock directives alone. The limits that are not
// for root to choose are in judge_params.h.
#pragma once

#include <optional>

#include "clockd/judge_params.h"
#include "common/conf/clock_settings.h"

namespace ntp::clockd {

struct Policy {
  std::optional<StepPolicy> makestep{};
  std::optional<Nanos> first_step{};  // initstepslew: the first record steps beyond it
  double correction_ratio = 1;        // corrtimeratio, against chrony's default
  std::optional<ChangeLimit> maxchange{};
  Rate most_rate = usual_most_rate;      // of the oscillator against UTC
  Rate most_slew_rate = ppm(83333.333);  // on top of it, while an offset is removed
  LeapMode leap_mode = LeapMode::system;
  UtcTime floor = earliest_time;  // time never goes below it, nor is a record dated so
  bool may_write_rtc = true;      // by the kernel's own copy, see to_policy
};

// A kernel that is told "synchronised" copies the time to the RTC every 11 minutes. Where
// `rtcfile` has rtcd measure how the RTC drifts, or the RTC is a source (the starter looks), it is
// never told so.
[[nodiscard]] Policy to_policy(const ClockSettings& settings);

}  // namespace ntp::clockd
