// Claims of the detours: what is a way, what is a queue, and what is remembered of a way.
#include "common/sync/detours.h"

#include <gtest/gtest.h>

#include <random>

namespace ntp {
namespace {

constexpr double wait = 1e-4;

// Samples a minute apart, both directions with an exponential wait beyond their level.
class Samples {
 public:
  Excess next(double up, double down, double noise = wait) {
    std::exponential_distribution<double> late{1 / noise};
    time_ += 60;
    return {.up = up + late(dice_), .down = down + late(dice_), .time = time_, .deviation = 1e-5};
  }
  Excess at_home() { return next(0, 0); }

 private:
  std::mt19937 dice_{1};
  double time_ = 0;
};

// Every sixth sample of the level, the others of the known path.
void visit(Detours& detours, Samples& samples, int visits, double up, double down) {
  for (int i = 0; i < 6 * visits; ++i) {
    (void)detours.way_of(i % 6 == 5 ? samples.next(up, down) : samples.at_home(), wait);
  }
}

TEST(Detours, LateSamplesOfOneLevelAreAWay) {
  Detours detours;
  Samples samples;
  visit(detours, samples, 7, 5e-3, 3e-3);
  EXPECT_EQ(detours.way(), nullptr);
  visit(detours, samples, 3, 5e-3, 3e-3);
  ASSERT_NE(detours.way(), nullptr);
  EXPECT_NEAR(detours.way()->up(), 5e-3, wait);
  EXPECT_NEAR(detours.way()->down(), 3e-3, wait);
}

constexpr Detours::Known uneven_way{
    .least = 8e-3, .uneven = 1e-3, .variance = 1e-10, .wait = wait, .samples = 200};

TEST(Detours, AKnownWayIsSeenByOneSampleAndLeftByOne) {
  Detours detours;
  Samples samples;
  (void)detours.take(uneven_way);
  EXPECT_EQ(detours.way_of(samples.at_home(), wait), nullptr);
  EXPECT_NE(detours.way_of({.up = 5.1e-3, .down = 3.05e-3}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 3.1e-3, .down = 5.05e-3}, wait),
            nullptr);  // as long, but not this one
}

TEST(Detours, AQueueIsNoWay) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(detours.way_of(samples.next(0, 0, i % 2 == 0 ? wait : 30 * wait), wait), nullptr);
  }
}

// Its packets are just below the way's level, but all in one direction.
TEST(Detours, AQueueInOneDirectionHidesNoWay) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 40; ++i) {
    (void)detours.way_of(i % 2 == 0 ? samples.next(7.05e-3, 0) : samples.next(5e-3, 3e-3), wait);
  }
  (void)detours.way_of(samples.next(5e-3, 3e-3), wait);
  ASSERT_NE(detours.way(), nullptr);
  EXPECT_NEAR(detours.way()->up(), 5e-3, wait);
}

TEST(Detours, SamplesOfOneQueueCountOnce) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 40; ++i) {
    Excess late = samples.next(5e-3, 0);
    late.time = i;
    EXPECT_EQ(detours.way_of(late, wait), nullptr);
  }
}

// As after a start on both: all that was learnt is the noise of both together.
TEST(Detours, TwoLevelsInTurnAreSeenThroughAnyNoise) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 16; ++i) {
    (void)detours.way_of(i / 2 % 2 == 0 ? samples.at_home() : samples.next(5e-3, 5e-3), 5e-3);
  }
  ASSERT_NE(detours.way(), nullptr);
  EXPECT_NEAR(detours.way()->up(), 5e-3, 2 * wait);
  EXPECT_NEAR(detours.way()->down(), 5e-3, 2 * wait);
}

// The line before it tells more of it.
TEST(Detours, ASingleVisitIsNoTurn) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(detours.way_of(i < 8 ? samples.at_home() : samples.next(5e-3, 5e-3), 5e-3), nullptr);
  }
}

TEST(Detours, AFullBufferIsNoWay) {
  Detours detours;
  Samples samples;
  for (int i = 0; i < 400; ++i) {
    const bool is_full = i / 2 % 2 == 0;
    EXPECT_EQ(detours.way_of(is_full ? samples.next(0.2, 0, 30 * wait) : samples.at_home(), wait),
              nullptr);
  }
}

// Chance makes as much of the known path.
TEST(Detours, AWayThatIsHardToTellIsTakenAfterThreeSamples) {
  Detours detours;
  (void)detours.take({.least = 6 * wait, .wait = wait, .samples = 8});
  (void)detours.way_of({}, wait);
  EXPECT_EQ(detours.way_of({.up = 3.5 * wait, .down = 3.5 * wait}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 3.5 * wait, .down = 3.5 * wait}, wait), nullptr);
  EXPECT_NE(detours.way_of({.up = 3.5 * wait, .down = 3.5 * wait}, wait), nullptr);
}

TEST(Detours, OnAWayAQueueIsWaitedOut) {
  Detours detours;
  Samples samples;
  (void)detours.take(uneven_way);
  EXPECT_NE(detours.way_of(samples.next(60e-3, 3e-3), wait), nullptr);
  EXPECT_EQ(detours.way_of(samples.next(60e-3, 0), wait), nullptr);  // home shows through
}

TEST(Detours, ADivisionIsSimpleWhereThatFits) {
  Detours::Known level{.least = 8e-3, .variance = 1e-10, .wait = wait, .samples = 200};
  const auto with = [&](double uneven, double doubt) {
    Detours::Known known = level;
    known.uneven = uneven;
    known.believe_simplest(doubt);
    return known;
  };
  EXPECT_EQ(with(2e-5, 3e-5).uneven, 0);
  EXPECT_LE(with(2e-5, 3e-5).variance, 1e-10);
  EXPECT_TRUE(with(2e-5, 3e-5).is_settled);
  EXPECT_NEAR(with(-3.99e-3, 3e-5).up(), 0, 1e-12);
  EXPECT_EQ(with(2e-3, 3e-5).uneven, 2e-3);
  EXPECT_FALSE(with(2e-3, 3e-5).is_settled);
  level.variance = 1e-6;  // too vague to be exact
  EXPECT_EQ(with(2e-4, 1.5e-3).variance, 1e-6);
}

TEST(Detours, ADivisionOnlyGetsBetter) {
  Detours detours;
  (void)detours.take(uneven_way);
  detours.settle(*detours.way_index(), 5e-3, 1e-6);
  EXPECT_EQ(detours.way()->uneven, 1e-3);
  detours.settle(*detours.way_index(), 1e-4, 1e-11);
  EXPECT_EQ(detours.way()->uneven, 1.1e-3);
  EXPECT_EQ(detours.way()->variance, 1e-11);
}

// Learnt while the line was vague, it is divided wrongly, and its samples never fit it.
TEST(Detours, AWayThatIsNotTakenGivesItsPlaceToOneBesideIt) {
  Detours detours;
  Samples samples;
  (void)detours.take({.least = 4e-3, .variance = 1e-10, .wait = wait, .samples = 200});
  visit(detours, samples, 10, 2.8e-3, 1.2e-3);
  ASSERT_NE(detours.way(), nullptr);
  EXPECT_NEAR(detours.way()->uneven, 0.8e-3, wait);
}

// Learnt from samples that had all waited, and sharp by chance.
TEST(Detours, AWayGivesItsPlaceToALowerOneAlthoughItIsTaken) {
  Detours detours;
  Samples samples;
  (void)detours.take({.least = 4.5e-3, .variance = 1e-10, .wait = wait / 4, .samples = 200});
  for (int i = 0; i < 12; ++i) {
    visit(detours, samples, 1, 2e-3, 2e-3);
    (void)detours.way_of({.up = 2.26e-3, .down = 2.26e-3}, wait);
  }
  visit(detours, samples, 1, 2e-3, 2e-3);
  ASSERT_NE(detours.way(), nullptr);
  EXPECT_NEAR(detours.way()->both(), 4e-3, 2 * wait);
}

// It was learnt from samples that all waited. Not at once, for the next one may be another way's.
TEST(Detours, ALevelFallsToWhatIsSeen) {
  Detours detours;
  const auto way = detours.take({.least = 30 * wait, .wait = wait, .samples = 200});
  const auto see = [&](double both) {
    return detours.way_of({.up = both / 2, .down = both / 2}, wait);
  };
  EXPECT_NE(see(29 * wait), nullptr);
  EXPECT_GT(way->least, 29.7 * wait);
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(see(29 * wait), nullptr);
    EXPECT_NE(see(33 * wait), nullptr);
  }
  EXPECT_NEAR(way->least, 29 * wait, 1e-9);
}

// A route has a least delay; a full buffer has none.
TEST(Detours, AWayThatIsCutShortIsForgotten) {
  Detours detours;
  (void)detours.take(uneven_way);
  EXPECT_NE(detours.way_of({.up = 5.0e-3, .down = 3.0e-3}, wait), nullptr);
  EXPECT_NE(detours.way_of({.up = 4.97e-3, .down = 2.97e-3}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 4.9e-3, .down = 2.9e-3}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 5.0e-3, .down = 3.0e-3}, wait), nullptr);
}

TEST(Detours, AWayIsNotForgottenForAPacketOfAnotherPath) {
  Detours detours;
  (void)detours.take(uneven_way);
  EXPECT_NE(detours.way_of({.up = 5.0e-3, .down = 3.0e-3}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 3.9e-3, .down = 3.9e-3}, wait), nullptr);  // divided otherwise
  EXPECT_NE(detours.way_of({.up = 5.0e-3, .down = 3.0e-3}, wait), nullptr);
  EXPECT_EQ(detours.way_of({.up = 1e-5, .down = 1e-5}, wait), nullptr);  // at home
  EXPECT_NE(detours.way_of({.up = 5.0e-3, .down = 3.0e-3}, wait), nullptr);
}

TEST(Detours, WaysStayWhereTheyAreWhenTheKnownPathMoves) {
  Detours detours;
  const auto way = detours.take(uneven_way);
  const double up = way->up(), down = way->down();
  detours.shift(1e-3);
  EXPECT_NEAR(way->up(), up - 1e-3, 1e-12);
  EXPECT_NEAR(way->down(), down - 1e-3, 1e-12);
}

}  // namespace
}  // namespace ntp
