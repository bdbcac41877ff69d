// Leap seconds on the clock's own count, in each mode.
#include "clockd/leap.h"

#include <gtest/gtest.h>

namespace ntp::clockd {
namespace {

constexpr SystemTime midnight{1'893'456'000s};  // 2030-01-01

LeapTable table_with(int change) {
  LeapTable table;
  table.all[0] = {.at = {63'072'000s}, .tai = 37, .change = 0};
  table.all[1] = {.at = {midnight.since_zero}, .tai = 37 + change, .change = change};
  table.count = 2;
  return table;
}

// What the starter hands over at `now`, and what the steerer makes of it.
LeapWatch watch_of(const LeapTable& table, LeapMode mode, SystemTime now) {
  const LeapEvent* const ahead = table.next_after({now.since_zero});
  return LeapWatch{ahead != nullptr ? *ahead : LeapEvent{}, mode};
}

TEST(Leap, TheKernelIsToldDuringTheLastDayInSystemModeOnly) {
  for (const int change : {1, -1}) {
    const Leap flag = change > 0 ? Leap::insert : Leap::remove;
    const LeapWatch watch = watch_of(table_with(change), LeapMode::system, midnight - 48h);
    EXPECT_EQ(watch.kernel_flag(midnight - 25h), Leap::none);
    EXPECT_EQ(watch.kernel_flag(midnight - 23h), flag);
    const LeapWatch slewing = watch_of(table_with(change), LeapMode::slew, midnight - 48h);
    EXPECT_EQ(slewing.kernel_flag(midnight - 23h), Leap::none);
    EXPECT_EQ(slewing.announced(midnight - 23h), flag);
  }
}

TEST(Leap, ItPassesOnceAndIsQuietAround) {
  LeapWatch watch = watch_of(table_with(1), LeapMode::system, midnight - 48h);
  EXPECT_FALSE(watch.is_near(midnight - 6s));
  EXPECT_TRUE(watch.is_near(midnight - 4s));
  EXPECT_FALSE(watch.pass(midnight - 1ns));
  EXPECT_EQ(watch.pass(midnight + 100ms), 1);
  EXPECT_FALSE(watch.pass(midnight + 1s));
  EXPECT_TRUE(watch.is_near(midnight + 4s));
  EXPECT_FALSE(watch.is_near(midnight + 6s));
  EXPECT_EQ(watch.kernel_flag(midnight), Leap::none);
}

// Its tick may come 10 ms after midnight; a flag that is cleared by then is a leap that is lost.
TEST(Leap, TheKernelsFlagStandsUntilItsFirstTickAfterMidnight) {
  for (const int change : {1, -1}) {
    LeapWatch watch = watch_of(table_with(change), LeapMode::system, midnight - 48h);
    EXPECT_FALSE(watch.pass(midnight + 20ms));
    EXPECT_NE(watch.kernel_flag(midnight + 20ms), Leap::none);
    EXPECT_TRUE(watch.is_imminent(midnight + 20ms));
    EXPECT_EQ(watch.pass(midnight + 100ms), change);
    EXPECT_EQ(watch.kernel_flag(midnight + 100ms), Leap::none);
  }
}

TEST(Leap, NothingIsOrderedJustBeforeItButAtOnceAfterwards) {
  LeapWatch watch = watch_of(table_with(1), LeapMode::slew, midnight - 48h);
  EXPECT_FALSE(watch.is_imminent(midnight - 6s));
  EXPECT_TRUE(watch.is_imminent(midnight - 4s));
  ASSERT_TRUE(watch.pass(midnight));
  EXPECT_FALSE(watch.is_imminent(midnight));
}

TEST(Leap, StepModeStepsAgainstTheChange) {
  LeapWatch insert = watch_of(table_with(1), LeapMode::step, midnight - 1h);
  EXPECT_EQ(insert.step_for(*insert.pass(midnight)), -1s);
  LeapWatch remove = watch_of(table_with(-1), LeapMode::step, midnight - 1h);
  EXPECT_EQ(remove.step_for(*remove.pass(midnight - 1s)), 1s);
  LeapWatch system = watch_of(table_with(1), LeapMode::system, midnight - 1h);
  EXPECT_EQ(system.step_for(*system.pass(midnight + 100ms)), 0s);
}

TEST(Leap, AStartAfterTheLeapKnowsNothingOfIt) {
  LeapWatch watch = watch_of(table_with(1), LeapMode::system, midnight + 1h);
  EXPECT_FALSE(watch.is_near(midnight + 1h));
  EXPECT_FALSE(watch.pass(midnight + 2h));
  LeapWatch none = watch_of(LeapTable{}, LeapMode::system, midnight);
  EXPECT_FALSE(none.is_near(midnight));
  EXPECT_EQ(none.until_change(midnight), 24h);
}

TEST(Leap, WakingWhenToldMissesNoChange) {
  LeapWatch watch = watch_of(table_with(1), LeapMode::slew, midnight - 100h);
  SystemTime now = midnight - 100h;
  int wakes = 0;
  while (!watch.pass(now)) {
    now += watch.until_change(now);
    ASSERT_LT(++wakes, 10);
  }
  EXPECT_EQ(now, midnight);
}

}  // namespace
}  // namespace ntp::clockd
