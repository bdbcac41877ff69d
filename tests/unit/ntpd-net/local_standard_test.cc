// A better oscillator than the machine's: its swings become the bend, its phase and rate do not.
#include "ntpd-net/local_standard.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

TEST(Bend, WhatIsPastKeepsTheRateOfItsTime) {
  Bend bend;
  bend.turn(ppm(2), {1000s});
  bend.turn(ppm(-4), {2000s});
  EXPECT_EQ(bend.seen(RawTime{1500s}), RawTime{1500s} + 1ms);
  EXPECT_EQ(bend.seen(RawTime{2000s}), RawTime{2000s} + 2ms);
  EXPECT_EQ(bend.seen(RawTime{3000s}), RawTime{3000s} + 2ms - 4ms);
}

class LocalStandardTest : public testing::Test {
 protected:
  // The standard, 7 ppm fast of true time and 0.3 s off, after an interval in which the raw clock
  // was so much slower than true time.
  bool pass(Rate slow, Nanos span = 16s) {
    truth += span;
    raw += span - slow * span;
    return standard.take(raw, {300ms + truth + ppm(7) * truth});
  }

  LocalStandard standard{16s};
  RawTime raw{5000s};
  Nanos truth{0};
};

TEST_F(LocalStandardTest, ItsPhaseAndItsRateMeanNothing) {
  EXPECT_FALSE(pass(ppm(2)));  // the first says nothing
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(pass(ppm(2)));
  EXPECT_NEAR(standard.bend().rate().ppm(), 0, 1e-3);
  EXPECT_LT(std::chrono::abs(standard.bend().gained(raw)), 10ns);
}

TEST_F(LocalStandardTest, TheRawClocksSwingsAreTakenOut) {
  for (int i = 0; i < 3; ++i) pass(ppm(2));
  for (int i = 0; i < 3; ++i) pass(ppm(12));
  EXPECT_NEAR(standard.bend().rate().ppm(), 10, 0.01);
  EXPECT_LT(std::chrono::abs(standard.bend().gained(raw) - ppm(10) * Nanos{48s}), 100ns)
      << "the interval in which it was late is made good";
  for (int i = 0; i < 3; ++i) pass(ppm(2));
  EXPECT_NEAR(standard.bend().rate().ppm(), 0, 0.01);
}

TEST_F(LocalStandardTest, AfterASilenceOrAJumpItBeginsAnewWithoutAJumpOfOurs) {
  for (int i = 0; i < 5; ++i) pass(ppm(2) + ppm(i));
  const Rate rate = standard.bend().rate();
  EXPECT_FALSE(pass(ppm(2), 100s));
  EXPECT_EQ(standard.bend().rate(), rate) << "what was known stays in force";
  truth += 200ms;
  EXPECT_FALSE(pass(ppm(2)));
  EXPECT_EQ(standard.bend().rate(), rate);
  const Nanos gained = standard.bend().gained(raw);
  EXPECT_TRUE(pass(ppm(2)));
  EXPECT_NEAR(to_seconds(standard.bend().gained(raw) - gained), rate.fraction * 16, 1e-6);
}

TEST_F(LocalStandardTest, ANewEpochOfRawTimeIsNoSwing) {
  for (int i = 0; i < 5; ++i) pass(ppm(2));
  standard.forget();
  raw += 3s;
  EXPECT_FALSE(pass(ppm(2)));
  EXPECT_NEAR(standard.bend().rate().ppm(), 0, 1e-3);
}

}  // namespace
}  // namespace ntp
