// Served time that never jumps: the three parabolas, by their figures and by their shape.
#include "ntpd-net/smoothing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ntp {
namespace {

constexpr RawTime start{1000s};

SmoothTime settings(double frequency, double wander, bool leaponly = true) {
  return {.max_frequency = ppm(frequency), .max_wander = ppm(wander), .leaponly = leaponly};
}

TEST(Smoothing, ALeapSecondTakesTheManualsTimesAndPeaks) {
  struct Case {
    double frequency, wander, seconds, peak;
  };
  for (const Case& c : {Case{400, 0.001024, 62500, 32}, Case{400, 0.001, 63245.6, 31.6228},
                        Case{400, 0.01, 20000, 100}}) {
    Smoothing smoothing{settings(c.frequency, c.wander)};
    smoothing.absorb(-1s, start);
    EXPECT_EQ(smoothing.offset_at(start), 1s) << "served goes on where the true time fell back";
    EXPECT_NEAR(to_seconds(smoothing.remaining(start)), c.seconds, 0.1);
    const RawTime middle = start + to_nanos(c.seconds / 2);
    EXPECT_NEAR(smoothing.rate_at(middle).ppm(), -c.peak, 1e-3);
    EXPECT_NEAR(to_seconds(smoothing.offset_at(middle)), 0.5, 1e-6);
    EXPECT_EQ(smoothing.offset_at(start + to_nanos(c.seconds + 1)), 0ns);
  }
}

TEST(Smoothing, TheLargestFrequencyMakesAPlateau) {
  Smoothing smoothing{settings(20, 0.001024)};
  smoothing.absorb(1s, start);  // a removed second: served lags, and runs fast
  double most = 0;
  for (Nanos t{0}; t < smoothing.remaining(start); t += 100s)
    most = std::max(most, smoothing.rate_at(start + t).ppm());
  EXPECT_NEAR(most, 20, 1e-6);
  EXPECT_GT(smoothing.remaining(start), 62500s);
  EXPECT_EQ(smoothing.wander_at(start + smoothing.remaining(start) / 2), 0);
}

TEST(Smoothing, NeitherTimeNorFrequencyEverJumps) {
  Smoothing smoothing{settings(50, 0.01, false)};
  smoothing.activate(start);
  const double wander = 0.01e-6, most = 50e-6;
  Nanos truth{0};  // what the true line has jumped by in all
  RawTime now = start;
  double served = 0, rate = 0;
  for (int i = 0; i < 40'000; ++i) {
    if (i % 5000 == 100) {  // before the last jump is given back
      const Nanos jump = (i / 5000 % 2 == 0 ? 1 : -1) * Nanos{7ms};
      smoothing.absorb(jump, now);
      truth += jump;
    }
    const double offset = to_seconds(truth + smoothing.offset_at(now));
    const double drift = smoothing.rate_at(now).fraction;
    ASSERT_LE(std::abs(offset - served), most + 2e-9) << i;
    ASSERT_LE(std::abs(drift - rate), wander * 1.0001) << i;
    served = offset;
    rate = drift;
    now += 1s;
  }
}

TEST(Smoothing, ItBeginsWhenTheRateIsKnownWellEnough) {
  Smoothing smoothing{settings(400, 0.01, false)};
  smoothing.absorb(1ms, start);
  EXPECT_EQ(smoothing.offset_at(start), 0ns) << "not active: the jump is served";
  smoothing.consider(ppm(101), start);
  EXPECT_FALSE(smoothing.is_active());
  smoothing.consider(ppm(99), start);
  EXPECT_TRUE(smoothing.is_active());
  smoothing.absorb(1ms, start);
  EXPECT_EQ(smoothing.offset_at(start), -1ms);
  smoothing.reset(start + 1s);
  EXPECT_EQ(smoothing.offset_at(start + 1s), 0ns);
  EXPECT_TRUE(smoothing.is_active());
}

}  // namespace
}  // namespace ntp
