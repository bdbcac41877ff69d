// What a network side in an attacker's hands cannot reach, whatever it sends and however often
// it restarts.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "clockd/judge.h"
#include "tests/unit/clockd/judge_world.h"

namespace ntp::clockd {
namespace {

TEST(Judge, TheStepGateStaysShutWhenClockdOrTheNetworkSideRestarts) {
  World world;
  world.lock();
  const Memory stored = world.memory;
  for (int restart = 0; restart < 1000; ++restart) {
    world.memory = stored;
    world.session = {.id = 5};
    world.sequence = 0;
    world.system_error = -5s;
    auto record = world.record();
    record.line.utc += 5s;
    EXPECT_EQ(world.hear(record).refusal, Refusal::budget);
  }
}

// Everything that a liar may try, greedily, for 30 simulated days: the clock's place against the
// truth never leaves what the corridor's two numbers say.
TEST(Judge, SlowDriftForThirtyDaysStaysWithinTheBudget) {
  for (const double sign : {1.0, -1.0}) {
    World world;
    world.lock();
    Nanos reached{0};
    for (int i = 0; i < 30 * 24 * 60; ++i) {
      world.pass(60s);
      // The largest lie that passes, by bisection.
      Nanos low = reached, high = reached + to_nanos(sign * 20.0);
      for (int step = 0; step < 40; ++step) {
        const Nanos middle = low + (high - low) / 2;
        auto lie = world.record();
        --world.sequence;
        ++lie.sequence;
        lie.line.utc += middle;
        (judge(lie, world.reading(), world.policy, world.memory, world.session, false).refusal
             ? high
             : low) = middle;
      }
      auto lie = world.record();
      low -= to_nanos(sign * 1e-6);  // its rate counts a little too
      lie.line.utc += low;
      lie.sequence = world.sequence = world.session.sequence + 1;
      lie.line.rate = world.rate + ppm(sign * 4.9);
      if (!world.hear(lie).refusal) reached = low;
      const double days = (i + 1) / 1440.0;
      ASSERT_LE(std::abs(to_seconds(reached)), 1.3 + 0.8 * days + 0.01) << days;
    }
    EXPECT_GT(std::abs(to_seconds(reached)), 20);  // it did try
  }
}

TEST(Judge, RandomRecordsNeverMoveTheEstimateOutOfTheCorridor) {
  World world;
  world.lock();
  std::mt19937_64 random{7};
  const Corridor first = world.memory.corridor;
  const RawTime began = world.raw;
  int accepted = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    world.pass(Nanos{1'000'000 + static_cast<std::int64_t>(random() % 2'000'000'000)});
    auto record = world.record();
    const auto wild = [&] { return Nanos{std::bit_cast<std::int64_t>(random() >> random() % 64)}; };
    switch (random() % 13) {
      case 0:
        record.line.utc +=
            Nanos{static_cast<std::int64_t>(random() % 4'000'000'000) - 2'000'000'000};
        break;
      case 1: record.line.utc = {wild()}; break;
      case 2: record.line.anchor = {wild()}; break;
      case 3: record.line.rate = {std::ldexp(static_cast<double>(random()), -70)}; break;
      case 4: record.line.rate = ppm(static_cast<double>(random() % 60) - 30); break;
      case 5: record.published = {wild()}; break;
      case 6: record.sequence += random() >> random() % 64; break;
      case 7: record.sample_interval = wild(); break;
      case 8: record.line.bound = wild(); break;
      case 9: record.root_distance = wild(); break;
      case 10: record.line.bound_growth = {std::ldexp(static_cast<double>(random()), -70)}; break;
      case 11: record.time_scale = wild(); break;
      default: break;
    }
    const Memory before = world.memory;
    const Verdict verdict = world.hear(record);
    world.sequence = world.session.sequence;
    if (verdict.refusal) {
      ASSERT_EQ(world.memory, before);
      continue;
    }
    ++accepted;
    ASSERT_FALSE(verdict.steps);
    const Nanos place = first.place_of(record.line, world.raw);
    const Nanos allowed = corridor_half_width + corridor_growth * (world.raw - began) + 1ms;
    ASSERT_LE(std::chrono::abs(place), allowed);
    ASSERT_LE(abs(record.line.rate - first.rate), most_rate_distance);
  }
  EXPECT_GT(accepted, 1000);
}

// A tiny world enumerated completely against an oracle of five lines: places in 0.6 s units,
// six records a minute apart, growth nearly nothing.
TEST(Judge, TheCorridorAgreesWithTheOracleOnEverySequenceOfSixPlaces) {
  World locked;
  locked.lock();
  constexpr int places = 5;  // -2..2, times 0.6 s
  for (int code = 0; code < places * places * places * places * places * places; ++code) {
    World world = locked;
    int lowest = 0, highest = 0;  // of the obeyed places
    for (int i = 0, rest = code; i < 6; ++i, rest /= places) {
      const int place = rest % places - 2;
      world.pass(60s);
      auto record = world.record();
      record.line.utc += 599ms * place;
      const bool is_inside =
          highest - place <= 2 && place - lowest <= 2;  // within 1.2 s of every obeyed one
      const Verdict verdict = world.hear(record);
      ASSERT_EQ(!verdict.refusal, is_inside) << code << " " << i;
      if (!is_inside) continue;
      lowest = std::min(lowest, place);
      highest = std::max(highest, place);
    }
  }
}

}  // namespace
}  // namespace ntp::clockd
