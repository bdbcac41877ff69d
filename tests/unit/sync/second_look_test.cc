// Claims of the second look: what refutes a line, and what never does.
#include "common/sync/second_look.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "common/sync/ensemble.h"
#include "common/sync/source_line.h"
#include "tests/unit/sync/toy_world.h"

namespace ntp {
namespace {

constexpr double gap = 64;          // s between packets
constexpr double sharpness = 1e-4;  // that the path is known to have, s

// Waits beyond 10 ms one way, s.
struct Waits {
  double up = 0, down = 0;
};

TimedDelays packet(double time, double offset, const Waits& waits) {
  return {.time = time,
          .delays = {.half = 0.01 + (waits.up + waits.down) / 2,
                     .up = offset + 0.01 + waits.up,
                     .down = -offset + 0.01 + waits.down}};
}

class SecondLookTest : public testing::Test {
 protected:
  // The true offset is 0; the line says `line`, s.
  std::optional<QuickPackets> see(const Waits& waits, double line) {
    time_ += gap;
    look_.note(packet(time_, 0, waits), line, 0);
    return look_.refute(line, time_, sharpness);
  }
  // Each third packet quick, the others late by up to 20 ms on the way up; the line `line` off.
  std::optional<QuickPackets> see_queue(int count, double line) {
    for (int i = 0; i < count; ++i) {
      const bool is_quick = i % 3 == 0;
      const Waits waits{.up = is_quick ? jitter() : 0.02 * share_(dice_) + 1e-3, .down = jitter()};
      if (const auto found = see(waits, line)) return found;
    }
    return std::nullopt;
  }
  double jitter() { return 50e-6 * share_(dice_); }

  SecondLook look_{};
  double time_ = 0;
  std::mt19937_64 dice_{1};
  std::uniform_real_distribution<double> share_{0, 1};
};

// Nothing waits, and the line is right to 20 ns. In raw seconds a round trip is 60 ns longer after
// the step.
TEST_F(SecondLookTest, AStepOfTheRateMakesNothingBeforeItQuicker) {
  constexpr double step = -3e-6;
  for (int i = 0; i < 64; ++i) {
    time_ += gap;
    const double rate = i < 40 ? 0 : step, offset = rate * (i - 40) * gap;
    TimedDelays seen = packet(time_, offset, {.up = 2e-5 * jitter(), .down = 2e-5 * jitter()});
    seen.delays.up -= seen.delays.half * rate;
    seen.delays.down -= seen.delays.half * rate;
    look_.note(seen, offset + 20e-9, rate);
  }
  EXPECT_FALSE(look_.refute(step * 23 * gap + 20e-9, time_, 1e-8));
}

TEST_F(SecondLookTest, SharpPacketsThatContradictTheLineRefuteIt) {
  const auto found = see_queue(24, 2e-3);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->correction, -2e-3, 100e-6);
  EXPECT_GE(found->count, second_look::least_quick);
  for (const TimedDelays& each : found->all()) EXPECT_LT(each.delays.round_trip(0), 0.0205);
}

TEST_F(SecondLookTest, ALineThatIsRightIsLeftAlone) { EXPECT_FALSE(see_queue(1000, 20e-6)); }

TEST_F(SecondLookTest, TooFewPacketsRefuteNothing) { EXPECT_FALSE(see_queue(15, 2e-3)); }

// `quick` packets that the line agrees with, nothing for `silence` s, then four late ones that led
// it away.
class LedAway : public SecondLookTest {
 protected:
  bool is_refuted(int quick, double silence) {
    for (int i = 0; i < quick; ++i) EXPECT_FALSE(see({.up = jitter(), .down = jitter()}, 0));
    time_ += silence;
    bool refuted = false;
    for (int i = 0; i < 4; ++i) refuted |= see({.up = 4e-3, .down = 0}, 2e-3).has_value();
    return refuted;
  }
};

TEST_F(LedAway, WhatLatePacketsMadeOfAStartIsRefuted) { EXPECT_TRUE(is_refuted(20, 0)); }
TEST_F(LedAway, ButNotOfALineThatIsKnownForLong) { EXPECT_FALSE(is_refuted(80, 0)); }
TEST_F(LedAway, ButNotWhereTheRateMayHaveWandered) { EXPECT_FALSE(is_refuted(20, 14400)); }

TEST_F(SecondLookTest, AClocksStepRefutesNothing) {
  for (int i = 0; i < 20; ++i) ASSERT_FALSE(see({.up = jitter(), .down = jitter()}, 0));
  for (int i = 0; i < 40; ++i) {
    time_ += gap;
    look_.note(packet(time_, 2e-3, {.up = jitter(), .down = jitter()}), 2e-3, 0);
    EXPECT_FALSE(look_.refute(2e-3, time_, sharpness)) << i;
  }
}

// What is quickest in an evening's queue is as consistent, but not as sharp as the path.
TEST_F(SecondLookTest, AnEveningsQueueRefutesNothing) {
  for (int i = 0; i < 200; ++i) {
    const double depth = 8e-3 + 6e-3 * std::sin(i / 30.0);
    EXPECT_FALSE(see({.up = depth + 6e-3 * share_(dice_), .down = jitter()}, 0)) << i;
  }
}

TEST_F(SecondLookTest, PacketsOfOneBurstCountAsOne) {
  for (int i = 0; i < 200; ++i) {
    look_.note(packet(i * 0.2, 0, {.up = jitter(), .down = jitter()}), 2e-3, 0);
    EXPECT_FALSE(look_.refute(2e-3, i * 0.2, sharpness));
  }
}

// A route that flaps by 7 ms behind a queue of 8 ms, both from the first packet on.
ToyPath hard_path(double time, unsigned seed) {
  const double base = std::fmod(time + 97 * seed, 1370) < 850 ? 0.016 : 0.009;
  const double queue = std::fmod(time + 53 * seed, 750) < 550 ? 8e-3 : 150e-6;
  return {.up = base, .down = base, .wait_up = queue, .wait_down = 150e-6};
}

// Starts of 100 that are more than 0.3 ms off after 90 samples. The first answer, which waited for
// nothing, is `first` s wrong.
int starts_astray(double first) {
  int astray = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    if (first != 0) line.take(world.ask({.up = 9e-3, .down = 9e-3}, first));
    double time = 0;
    for (int i = 0; i < 90; ++i) {
      const double wait = i < 8 ? 2 : 64;
      world.pass(wait);
      time += wait;
      line.take(world.ask(hard_path(time, seed)));
    }
    const LineState& state = line.state();
    const Nanos truth = world.truth().since_zero - world.raw().since_zero;
    const double error = state.offset_at(world.raw()) - to_seconds(truth - state.origin);
    astray += std::abs(error) > 0.3e-3 ? 1 : 0;
  }
  return astray;
}

// 58 without the second look, 11 with it.
TEST(SecondLook, AStartOnAFlappingRouteBehindAQueueFindsTheTruth) {
  EXPECT_LE(starts_astray(0), 20);
}

TEST(SecondLook, AFirstAnswerThatIsDroppedIsForgotten) { EXPECT_LE(starts_astray(21), 20); }

// Two servers are near, one is behind such a path. After it began anew it is not combined with
// them until it has grown.
TEST(SecondLook, WhatALineSaidBeforeLeavesTheCommonOne) {
  int begun_anew = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ToyWorld world{seed};
    Ensemble ensemble{EnsembleOptions{}};
    const std::array<SourceIndex, 3> sources{*ensemble.add({}), *ensemble.add({}),
                                             *ensemble.add({})};
    const auto ask = [&](std::size_t i, const ToyPath& path) {
      world.pass(64.0 / 3);
      Sample sample = world.ask(path);
      sample.stratum = 1;
      ensemble.take(sources[i], sample);
    };
    for (int i = 0; i < 90; ++i) {
      const int before = ensemble.poll_evidence(sources[0], 6).samples;
      ask(0, hard_path(i * 64.0, seed));
      const bool was_combined = ensemble.combined() && ensemble.combined()->combined_sources == 3;
      const bool begins = ensemble.poll_evidence(sources[0], 6).samples < before;
      ask(1, {});
      if (begins && was_combined) {
        ++begun_anew;
        EXPECT_LT(ensemble.combined()->combined_sources, 3) << seed << ' ' << i;
      }
      ask(2, {});
    }
  }
  EXPECT_GT(begun_anew, 0);
}

}  // namespace
}  // namespace ntp
