// Claims about worlds, each of which can be false: the corridor from sample to kernel clock,
// over hours and days, under production code.
#include <gtest/gtest.h>

#include "tests/sim/kernel_model.h"
#include "tests/sim/scenarios.h"

namespace ntp::sim {
namespace {

constexpr std::uint64_t seeds = 5;

template <typename Check>
void in_every_seed(const Scenario& world, Check check) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(world.name + " seed " + std::to_string(seed));
    check(simulate(world, seed));
  }
}

TEST(World, TheSameSeedGivesTheSameWorldToTheLastBit) {
  const Outcome first = simulate(scenario("internet_poll6"), 7);
  const Outcome again = simulate(scenario("internet_poll6"), 7);
  const Outcome other = simulate(scenario("internet_poll6"), 8);
  EXPECT_EQ(first.rms, again.rms);
  EXPECT_EQ(first.most, again.most);
  EXPECT_NE(first.rms, other.rms);
}

TEST(World, RawTimeRunsAheadOfTheTruthByTheCrystalsRate) {
  Oscillator crystal{{.start = 25.0_ppm, .walk = 0}, 1};
  EXPECT_EQ(crystal.raw_at(TrueTime{1000s}), (RawTime{1000s + 25ms}));
  const TrueTime t{700s + 123456789ns};
  EXPECT_LE(std::chrono::abs(crystal.true_at(crystal.raw_at(t), TrueTime{700s}) - t), 1ns);
}

TEST(Corridor, OnALanTheClockStaysWithinAFewTensOfMicroseconds) {
  in_every_seed(scenario("lan"), [](const Outcome& out) {
    EXPECT_LT(out.most, 60e-6);
    EXPECT_LT(out.rms, 15e-6);
    EXPECT_EQ(out.refused, 0);
  });
}

TEST(Corridor, BehindThirtyMillisecondsOfInternetTheErrorIsAFractionOfTheJitter) {
  in_every_seed(scenario("internet_poll6"), [](const Outcome& out) {
    EXPECT_LT(out.rms, 120e-6);
    EXPECT_LT(out.rate_rms, 0.4e-6);
  });
}

TEST(Corridor, ThreeSecondsWrongIsSteppedOnceAndRightWithinTwentySeconds) {
  in_every_seed(scenario("cold_step"), [](const Outcome& out) {
    EXPECT_EQ(out.steps, 1);
    EXPECT_GE(out.within_millisecond, 0);
    EXPECT_LT(out.within_millisecond, 20);
  });
}

TEST(Corridor, FiftyMillisecondsWithoutMakestepAreSlewedNeverStepped) {
  in_every_seed(scenario("cold_slew"), [](const Outcome& out) {
    EXPECT_EQ(out.steps, 0);
    EXPECT_LT(out.rms, 1e-3);
  });
}

TEST(Corridor, ASecondAndAHalfIsSlewedInPiecesWhenStepsAreNotAllowed) {
  in_every_seed(scenario("second_off_no_step"), [](const Outcome& out) {
    EXPECT_EQ(out.steps, 0);
    EXPECT_EQ(out.refused, 0);
    EXPECT_LT(out.most, 200e-6);
  });
}

TEST(Corridor, ADriftFileMakesTheFirstSamplesGoodEnough) {
  in_every_seed(scenario("drift_file"), [](const Outcome& with) {
    EXPECT_LT(with.first_window[2], 2e-3);
    EXPECT_GE(with.rate_within_ppm, 0);
    EXPECT_LT(with.rate_within_ppm, 400);
  });
}

TEST(Selection, ALiarAndADrifterAmongFiveMoveTheClockLessThanFourMilliseconds) {
  in_every_seed(scenario("liar_and_drifter"), [](const Outcome& out) {
    EXPECT_LT(out.most, 4e-3);
    EXPECT_EQ(out.steps, 0);
  });
}

TEST(Bound, TheTrueErrorIsInsideThePublishedBound) {
  for (const char* name : {"lan", "internet", "internet_wander", "pool_of_four", "temperature",
                           "queues", "loss_30_percent", "rate_step"}) {
    in_every_seed(scenario(name), [](const Outcome& out) { EXPECT_GE(out.inside_bound, 0.999); });
  }
}

TEST(Polls, TheIntervalDoesNotOscillate) {
  in_every_seed(scenario("internet"), [](const Outcome& out) { EXPECT_LE(out.poll_changes, 12); });
}

TEST(Policy, AClockThatIsWrongBeyondMaxchangeStaysWhereItIs) {
  Scenario world = scenario("lan");
  world.length = 3000s;
  world.warm = 600s;
  world.servers[0].drifts_from = 1500s;
  world.servers[0].drift = Rate{0.01};  // the server runs away
  world.policy.maxchange = ChangeLimit{100ms, 1, -1};
  const Outcome out = simulate(world, 3);
  EXPECT_GT(out.refused, 0);
  EXPECT_LT(out.most, 2.0);
  world.policy.maxchange.reset();
  EXPECT_GE(simulate(world, 3).most, out.most);
}

}  // namespace
}  // namespace ntp::sim
