// Directives to limits.
#include "clockd/policy.h"

#include <algorithm>

#include "common/os/kernel_clock.h"

namespace ntp::clockd {

Policy to_policy(const ClockSettings& settings) {
  const bool is_drift_given = settings.maxdrift != ClockSettings{}.maxdrift;
  return {
      .makestep = settings.makestep,
      .first_step =
          settings.initstepslew ? std::optional{settings.initstepslew->threshold} : std::nullopt,
      .correction_ratio = settings.corrtimeratio / ClockSettings{}.corrtimeratio,
      .maxchange = settings.maxchange,
      .most_rate = is_drift_given ? std::min(settings.maxdrift, most_kernel_rate) : usual_most_rate,
      .most_slew_rate = std::min(settings.maxslewrate, most_kernel_rate),
      .leap_mode = settings.leapsecmode,
      .may_write_rtc = settings.rtcfile.empty(),
  };
}

}  // namespace ntp::clockd
