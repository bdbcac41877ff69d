// The columns that scripts read from rtc.log.
#include "rtcd/log_row.h"

#include <gtest/gtest.h>

namespace ntp::rtcd {
namespace {

constexpr UtcTime begin{1'795'000'000s};

TEST(LogRow, AMeasurementStandsBesideWhatTheLineSays) {
  RtcTrack track;
  RtcMeasurement newest;
  for (int i = 0; i < 6; ++i) {
    newest = {.when = begin + i * Nanos{1000s}, .error = -(i * 40ms) - 1s};
    track.take(newest);
  }
  EXPECT_EQ(measurement_row(newest, track, *track.line(std::nullopt)),
            "2026-11-18 12:30:00      -1.200000 1       -1.200000       -40.000   6   1  660");
}

TEST(LogRow, BeforeAnHourTheLineIsMarkedAsNotValid) {
  RtcTrack track;
  const RtcMeasurement newest{.when = begin, .error = 250ms};
  track.take(newest);
  EXPECT_EQ(measurement_row(newest, track, *track.line(ppm(3))),
            "2026-11-18 11:06:40       0.250000 0        0.250000         3.000   1   1  660");
}

}  // namespace
}  // namespace ntp::rtcd
