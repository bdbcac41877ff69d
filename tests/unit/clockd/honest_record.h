// What an honest network side says of a good server, for the tests that spoil it.
#pragma once

#include <cstdint>

#include "common/board/records.h"

namespace ntp::clockd {

// At `raw` it was `utc`, which gains `rate` on the raw clock.
inline EstimateRecord honest_record(std::uint64_t session, std::uint64_t sequence, RawTime raw,
                                    UtcTime utc, Rate rate) {
  return {.session = session,
          .sequence = sequence,
          .published = raw,
          .line = {.anchor = raw - 1ms,
                   .utc = utc - 1ms,
                   .rate = rate,
                   .bound = 1ms,
                   .bound_growth = ppm(1),
                   .deviation = 5us},
          .sample_interval = 64s,
          .time_scale = 64s,
          .tracking_deviation = 5us,
          .root_distance = 5ms,
          .leap = Leap::none,
          .stratum = 2,
          .sources = 3};
}

}  // namespace ntp::clockd
