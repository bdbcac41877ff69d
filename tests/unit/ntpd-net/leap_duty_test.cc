// Which leap second is believed, and when: by root's table or by the sources' vote.
#include "ntpd-net/leap_duty.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr UtcTime july{1'909'094'400s};     // 2030-07-01 00:00:00
constexpr UtcTime october{1'917'043'200s};  // 2030-10-01
// The first second of NTP era 1 is 2036-02-07 06:28:16; this is the half year's end after it.
constexpr UtcTime after_era{2'098'483'200s};  // 2036-07-01

LeapTable table_with(UtcTime at, int change) {
  LeapTable table;
  table.all[0] = {.at = {63'072'000s}, .tai = 37, .change = 0};
  table.all[1] = {.at = at, .tai = 37 + change, .change = change};
  table.count = 2;
  return table;
}

TEST(LeapDuty, TheTablesLeapIsTodaysOnlyOnItsDay) {
  const LeapDuty duty{table_with(july, 1), LeapMode::system};
  EXPECT_FALSE(duty.today(july - 86401s, Leap::none));
  const auto leap = duty.today(july - 86400s, Leap::none);
  ASSERT_TRUE(leap);
  EXPECT_EQ(leap->moment(), july);
  EXPECT_EQ(leap->jump(), -1s);
  EXPECT_EQ(duty.indicator(july - 1s, Leap::none), Leap::insert);
  EXPECT_EQ(duty.indicator(july + 1s, Leap::none), Leap::none);
}

TEST(LeapDuty, ARemovedSecondComesASecondEarly) {
  const LeapDuty duty{table_with(july, -1), LeapMode::system};
  const auto leap = duty.today(july - 1h, Leap::none);
  ASSERT_TRUE(leap);
  EXPECT_EQ(leap->moment(), july - 1s);
  EXPECT_EQ(leap->jump(), 1s);
  EXPECT_EQ(duty.indicator(july - 1h, Leap::none), Leap::remove);
}

TEST(LeapDuty, TheVoteCountsOnTheLastDayOfAHalfYearOnly) {
  const LeapDuty duty;
  EXPECT_TRUE(duty.today(july - 1h, Leap::insert));
  EXPECT_FALSE(duty.today(july - 25h, Leap::insert));
  EXPECT_FALSE(duty.today(october - 1h, Leap::insert));
  EXPECT_EQ(duty.indicator(october - 1h, Leap::insert), Leap::none);
  EXPECT_TRUE(duty.today(after_era - 1h, Leap::remove));
}

TEST(LeapDuty, TheSecondThatIsCountedTwiceIsOneLeapOnly) {
  LeapDuty duty;
  const auto leap = duty.today(july - 1ns, Leap::insert);
  ASSERT_TRUE(leap);
  duty.note_passed(*leap);
  EXPECT_FALSE(duty.today(july - 1s, Leap::insert)) << "servers announce it a little longer";
  EXPECT_EQ(duty.indicator(july - 1s, Leap::insert), Leap::none);
}

TEST(LeapDuty, ALeapThatWasAheadIsDueHoweverLateOneLooks) {
  for (const int change : {1, -1}) {
    LeapDuty duty{table_with(july, change), LeapMode::system};
    EXPECT_FALSE(duty.look(july - 1h, Leap::none));
    const auto due = duty.look(july + 20ms, Leap::none);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->at, july);
    EXPECT_EQ(due->change, change);
    duty.note_passed(*due);
    EXPECT_FALSE(duty.look(july - 980ms, Leap::insert)) << "once only";
    EXPECT_FALSE(duty.look(july + 1s, Leap::none));
  }
}

TEST(LeapDuty, WhoStartsAfterItHasMissedNothing) {
  LeapDuty duty{table_with(july, 1), LeapMode::system};
  EXPECT_FALSE(duty.look(july + 1ms, Leap::none));
  EXPECT_FALSE(duty.look(july + 1h, Leap::none));
}

TEST(LeapDuty, NothingIsMeasuredWithinFiveSecondsOfIt) {
  LeapDuty duty{table_with(july, 1), LeapMode::system};
  EXPECT_FALSE(duty.is_near(july - 6s, Leap::none));
  EXPECT_TRUE(duty.is_near(july - 4s, Leap::none));
  duty.note_passed({july, 1});
  EXPECT_TRUE(duty.is_near(july + 4s, Leap::none));
  EXPECT_FALSE(duty.is_near(july + 6s, Leap::none));
  const LeapDuty deaf{table_with(july, 1), LeapMode::ignore};
  EXPECT_FALSE(deaf.is_near(july - 4s, Leap::none)) << "who ignores it measures on";
}

TEST(LeapDuty, AnUnsynchronisedVoteStaysOne) {
  EXPECT_EQ(LeapDuty{}.indicator(july - 1h, Leap::unsynchronised), Leap::unsynchronised);
}

}  // namespace
}  // namespace ntp
