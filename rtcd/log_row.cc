// See log_row.h.
#include "rtcd/log_row.h"

#include <fmt/format.h>

#include "common/os/log_file.h"

namespace ntp::rtcd {

std::string measurement_row(const RtcMeasurement& newest, const RtcTrack& track,
                            const RtcLine& line) {
  return fmt::format("{} {:14.6f} {}  {:14.6f}  {:12.3f}  {:2}  {:2} {:4}",
                     log_time({newest.when.since_zero}), to_seconds(newest.error),
                     track.knows_rate() ? 1 : 0, to_seconds(line.error_at(newest.when)),
                     line.rate.ppm(), track.count(), track.runs(line), period / 1s);
}

}  // namespace ntp::rtcd
