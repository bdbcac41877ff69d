// Kernel stamps become raw time, or are void.
#include "ntpd-net/stamping.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

Reading pair_at(Nanos raw, Nanos system) { return {{raw}, {system}, Nanos{50}}; }

TEST(Stamping, AStampIsAsOldInRawTimeAsTheRateMakesIt) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  stamping.look(pair_at(110s, 5010s + 1ms));  // REALTIME is 100 ppm fast
  EXPECT_NEAR(stamping.rate().ppm(), 100, 0.01);
  const auto raw = stamping.to_raw({5010s + 1ms - 100ms}, {109s});
  ASSERT_TRUE(raw.has_value());
  EXPECT_NEAR(static_cast<double>((raw->since_zero - (110s - 100ms)).count()), 10'000, 2);
}

TEST(Stamping, WhatTheClocksWereApartSecondsAgoFollowsFromTheRate) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  stamping.look(pair_at(110s, 5010s + 1ms));
  EXPECT_NEAR(to_seconds(stamping.offset_at({102s}) - 4900s), 200e-6, 1e-9);
}

TEST(Stamping, AStampFromTheFutureIsVoid) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  EXPECT_FALSE(stamping.to_raw({5000s + 1ms}, {99s}).has_value());
}

TEST(Stamping, AStampBeforeTheRequestWasMadeIsVoidAndCounted) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  const RawStamp chosen = stamping.choose(SystemTime{4999s}, {100s - 1ms}, {100s});
  EXPECT_EQ(chosen.kind, StampKind::daemon);
  EXPECT_EQ(chosen.at, (RawTime{100s}));
  EXPECT_EQ(stamping.voided(), 1u);
}

TEST(Stamping, AStepOfTheSystemClockIsNoRate) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  stamping.look(pair_at(101s, 5001s));
  stamping.look(pair_at(102s, 9002s));
  EXPECT_NEAR(stamping.rate().ppm(), 0, 0.001);
  const auto raw = stamping.to_raw({9002s - 10us}, {101s});
  ASSERT_TRUE(raw.has_value());
  EXPECT_EQ(*raw, (RawTime{102s - 10us}));
}

TEST(Stamping, WithoutAKernelStampOurOwnReadingStands) {
  Stamping stamping;
  stamping.look(pair_at(100s, 5000s));
  EXPECT_EQ(stamping.choose(std::nullopt, {99s}, {100s}).kind, StampKind::daemon);
}

}  // namespace
}  // namespace ntp
