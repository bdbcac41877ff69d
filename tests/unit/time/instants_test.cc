// Claims of common/time: exact durations, saturation, and the line's arithmetic.
#include "common/time/instants.h"

#include <gtest/gtest.h>

#include <limits>

#include "common/time/estimate.h"

namespace ntp {
namespace {

TEST(ToNanos, RoundsToTheNearestAndSaturates) {
  EXPECT_EQ(to_nanos(1.4e-9), 1ns);
  EXPECT_EQ(to_nanos(-1.6e-9), -2ns);
  EXPECT_EQ(to_nanos(std::numeric_limits<double>::quiet_NaN()), 0ns);
  EXPECT_GT(to_nanos(1e300), 9'000'000'000s);
  EXPECT_LT(to_nanos(-1e300), -9'000'000'000s);
}

TEST(Rate, TenPpmOverADayIs864Milliseconds) { EXPECT_EQ(10.0_ppm * 24h, 864ms); }

TEST(Estimate, TheLineGainsItsRateAndTheBoundWidensBothWays) {
  const Estimate line{.anchor = RawTime{100s},
                      .utc = UtcTime{5000s},
                      .rate = 1.0_ppm,
                      .bound = 1ms,
                      .bound_growth = 10.0_ppm};
  EXPECT_EQ(line.at(RawTime{200s}), UtcTime{5100s + 100us});
  EXPECT_EQ(line.bound_at(RawTime{0s}), 2ms);
  EXPECT_EQ(line.bound_at(RawTime{200s}), 2ms);
}

}  // namespace
}  // namespace ntp
