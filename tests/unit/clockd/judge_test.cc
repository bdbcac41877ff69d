// The judge: every check by name, what an ordinary machine needs, and what a hostile network
// side cannot reach.
#include "clockd/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace ntp::clockd {
namespace {

constexpr UtcTime start{1'800'000'000s};

// An honest network side on an oscillator that UTC gains `rate` on, and what clockd remembers.
struct World {
  Policy policy{.makestep = StepPolicy{1s, 3}};
  Memory memory{};
  Session session{.id = 5};
  RawTime raw{100s};
  Nanos system_error{0};
  Rate rate = 20.0_ppm;
  UtcTime utc = start;
  std::uint64_t sequence = 0;

  void pass(Nanos time) {
    raw += time;
    utc += time + rate * time;
  }
  [[nodiscard]] Reading reading() const { return {raw, {utc.since_zero + system_error}, 50ns}; }
  EstimateRecord record() {
    return {.session = 5,
            .sequence = ++sequence,
            .published = raw,
            .line = {.anchor = raw - 1ms,
                     .utc = utc - 1ms,
                     .rate = rate,
                     .bound = 1ms,
                     .bound_growth = ppm(1),
                     .deviation = 5us},
            .sample_interval = 64s,
            .tracking_deviation = 5us,
            .root_distance = 5ms,
            .leap = Leap::none,
            .stratum = 2,
            .sources = 3};
  }
  Verdict hear(const EstimateRecord& record) {
    const Verdict verdict = judge(record, reading(), policy, memory, session, false);
    if (!verdict.refusal) take(record, verdict, raw, policy, memory, session);
    if (verdict.steps && !verdict.refusal) system_error = 0ns;
    return verdict;
  }
  Verdict hear() { return hear(record()); }
  // Honest records until the phase is locked.
  void lock() {
    for (int i = 0; i < 80; ++i) {
      pass(64s);
      ASSERT_FALSE(hear().refusal) << i;
    }
    ASSERT_EQ(memory.phase, Phase::locked);
  }
};

TEST(Judge, EachBrokenFieldIsRefusedUnderItsOwnNameAndChangesNothing) {
  struct Case {
    Refusal refusal;
    std::function<void(EstimateRecord&)> spoil;
  };
  const Case cases[] = {
      {Refusal::session, [](auto& r) { r.session = 6; }},
      {Refusal::sequence, [](auto& r) { r.sequence = 1; }},
      {Refusal::sequence, [](auto& r) { r.sequence += (1 << 20) + 1; }},
      {Refusal::stale, [](auto& r) { r.published += 1ns; }},
      {Refusal::stale, [](auto& r) { r.published = r.published - 1001ms; }},
      {Refusal::stale, [](auto& r) { r.published = {Nanos::min()}; }},
      {Refusal::range, [](auto& r) { r.line.anchor = {Nanos::max()}; }},
      {Refusal::range, [](auto& r) { r.line.anchor = {Nanos::min()}; }},
      {Refusal::range, [](auto& r) { r.line.utc = {Nanos::max()}; }},
      {Refusal::range, [](auto& r) { r.line.utc = {Nanos::min()}; }},
      {Refusal::range, [](auto& r) { r.line.bound = -1ns; }},
      {Refusal::range, [](auto& r) { r.line.bound_growth = ppm(-1); }},
      {Refusal::range, [](auto& r) { r.line.bound_growth = {9000}; }},
      {Refusal::range, [](auto& r) { r.line.deviation = Nanos::max(); }},
      {Refusal::range, [](auto& r) { r.sample_interval = 0ns; }},
      {Refusal::range, [](auto& r) { r.tracking_deviation = -1ns; }},
      {Refusal::range, [](auto& r) { r.root_distance = Nanos::min(); }},
      {Refusal::alarm, [](auto& r) { r.leap = Leap::unsynchronised; }},
      {Refusal::alarm, [](auto& r) { r.stratum = 0; }},
      {Refusal::alarm, [](auto& r) { r.stratum = 16; }},
      {Refusal::alarm, [](auto& r) { r.sources = 0; }},
      {Refusal::distance, [](auto& r) { r.root_distance = 17s; }},
      {Refusal::distance, [](auto& r) { r.line.bound = 17s; }},
      {Refusal::rate, [](auto& r) { r.line.rate = ppm(501); }},
      {Refusal::rate, [](auto& r) { r.line.rate = {-9000}; }},
      {Refusal::rate_far, [](auto& r) { r.line.rate = ppm(31); }},
      {Refusal::rate_change, [](auto& r) { r.line.rate = ppm(27); }},
      {Refusal::floor, [](auto& r) { r.line.utc = start; }},
      {Refusal::budget, [](auto& r) { r.line.utc += 1300ms; }},
      {Refusal::budget, [](auto& r) { r.line.utc = r.line.utc - 1300ms; }},
  };
  World world;
  world.lock();
  for (const Case& c : cases) {
    world.pass(64s);
    auto record = world.record();
    c.spoil(record);
    const Memory before = world.memory;
    const auto sequence_before = world.session.sequence;
    const Verdict verdict = world.hear(record);
    ASSERT_TRUE(verdict.refusal) << name(c.refusal);
    EXPECT_EQ(name(*verdict.refusal), name(c.refusal));
    EXPECT_EQ(world.memory, before);
    EXPECT_EQ(world.session.sequence, sequence_before);
    EXPECT_FALSE(world.hear().refusal) << "an honest record after " << name(c.refusal);
  }
}

TEST(Judge, AReplayedRecordIsRefused) {
  World world;
  world.pass(2s);
  const auto record = world.record();
  EXPECT_FALSE(world.hear(record).refusal);
  EXPECT_EQ(world.hear(record).refusal, Refusal::sequence);
}

TEST(Judge, NearALeapSecondNothingIsBelieved) {
  World world;
  EXPECT_EQ(judge(world.record(), world.reading(), world.policy, world.memory, world.session, true)
                .refusal,
            Refusal::leap_near);
}

TEST(Judge, RecordsFromBeforeASuspendAreVoid) {
  World world;
  auto record = world.record();
  world.session.not_before = world.raw + 1ns;
  world.pass(100ms);
  EXPECT_EQ(world.hear(record).refusal, Refusal::stale);
}

// -- an ordinary machine ------------------------------------------------------------------

TEST(Judge, AColdStartWithAHundredPpmAndPoorFirstEstimatesIsObeyed) {
  World world;
  world.rate = 100.0_ppm;
  std::mt19937 random{3};
  std::normal_distribution<double> noise;
  for (int i = 0; i < 400; ++i) {
    world.pass(i < 4 ? Nanos{2s} : Nanos{64s});
    auto record = world.record();
    const double age = to_seconds(world.raw.since_zero) - 100 + 1;
    record.line.rate = record.line.rate + ppm(noise(random) * 100 / age + noise(random) * 0.05);
    record.line.utc += to_nanos(noise(random) * 1e-3);
    EXPECT_FALSE(world.hear(record).refusal) << i;
  }
  EXPECT_EQ(world.memory.phase, Phase::locked);
  EXPECT_NEAR(world.memory.learnt.ppm(), 100, 1);
}

TEST(Judge, DebiansMakestepStepsInTheFirstThreeUpdatesOfABootAndNeverAgain) {
  World world;
  world.system_error = -3s;
  world.pass(2s);
  EXPECT_TRUE(world.hear().steps);
  for (int i = 0; i < 3; ++i) {
    world.pass(2s);
    EXPECT_FALSE(world.hear().steps);
  }
  world.system_error = -3s;  // somebody set the clock: slewed back, not stepped
  world.pass(64s);
  const Verdict verdict = world.hear();
  EXPECT_FALSE(verdict.refusal);
  EXPECT_FALSE(verdict.steps);
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(verdict.error), -3s);
}

TEST(Judge, WithoutMakestepASecondIsSlewed) {
  World world;
  world.policy.makestep.reset();
  world.system_error = 1s;
  for (int i = 0; i < 100; ++i) {
    world.pass(16s);
    const Verdict verdict = world.hear();
    EXPECT_FALSE(verdict.refusal);
    EXPECT_FALSE(verdict.steps);
  }
}

TEST(Judge, TemperatureWanderOfThreePpmADayIsObeyedForAMonth) {
  World world;
  world.lock();
  for (int i = 0; i < 30 * 1350; ++i) {
    world.pass(64s);
    world.rate = 20.0_ppm + 3.0_ppm * std::sin(i * 2 * M_PI / 1350);
    ASSERT_FALSE(world.hear().refusal) << i;
  }
}

TEST(Judge, AWeekWithoutNetworkOnAWarmerMachineIsObeyedAfterwards) {
  World world;
  world.lock();
  world.rate = 23.0_ppm;  // 1.8 s in the week
  world.pass(7 * 24h);
  EXPECT_FALSE(world.hear().refusal);
}

TEST(Judge, ALeapSecondThatNobodyAnnouncedIsStillObeyed) {
  World world;
  world.lock();
  world.utc = world.utc - 1s;
  world.pass(64s);
  EXPECT_FALSE(world.hear().refusal);
}

TEST(Judge, AnAnnouncedLeapSecondMovesTheCorridorWithIt) {
  World world;
  world.lock();
  world.memory.corridor.leap(1);
  world.pass(64s);
  auto missed = world.record();
  EXPECT_EQ(world.hear(missed).refusal, Refusal::budget);
  world.utc = world.utc - 1s;
  EXPECT_FALSE(world.hear().refusal);
}

TEST(Judge, AfterASuspendTheEstimateMayJumpByTheSleepAndTheRtcsError) {
  World world;
  world.lock();
  world.memory.corridor.sleep(3600s);
  world.utc += 3600s + 1500ms;
  world.pass(64s);
  EXPECT_FALSE(world.hear().refusal);
  world.utc += 60s;
  world.pass(64s);
  EXPECT_EQ(world.hear().refusal, Refusal::budget);
}

TEST(Judge, MakestepForEverIsRootsWord) {
  World world;
  world.policy.makestep = StepPolicy{1s, -1};
  world.lock();
  world.utc += 3600s;  // a paused virtual machine
  world.system_error = -3600s;
  world.pass(64s);
  EXPECT_TRUE(world.hear().steps);
  world.pass(64s);
  EXPECT_FALSE(world.hear().refusal);
}

TEST(Judge, MaxchangeRefusesFromItsStart) {
  World world;
  world.policy.maxchange = ChangeLimit{100ms, 2, 1};
  world.system_error = 500ms;
  for (int i = 0; i < 4; ++i) {
    world.pass(2s);
    EXPECT_EQ(world.hear().refusal, i < 2 ? std::nullopt : std::optional{Refusal::max_change});
  }
}

TEST(Judge, RootsStepReopensABlockedCorridor) {
  World world;
  world.lock();
  world.utc += 60s;
  world.pass(64s);
  const auto record = world.record();
  const Verdict verdict = world.hear(record);
  EXPECT_EQ(verdict.refusal, Refusal::budget);
  EXPECT_TRUE(verdict.is_plausible);
  pin_by_command(record, world.raw, world.memory);
  world.pass(64s);
  EXPECT_FALSE(world.hear().refusal);
}

// -- a hostile network side ---------------------------------------------------------------

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
    switch (random() % 12) {
      case 0:
        record.line.utc +=
            Nanos{static_cast<std::int64_t>(random() % 4'000'000'000) - 2'000'000'000};
        break;
      case 1:
        record.line.utc = {wild()};
        break;
      case 2:
        record.line.anchor = {wild()};
        break;
      case 3:
        record.line.rate = {std::ldexp(static_cast<double>(random()), -70)};
        break;
      case 4:
        record.line.rate = ppm(static_cast<double>(random() % 60) - 30);
        break;
      case 5:
        record.published = {wild()};
        break;
      case 6:
        record.sequence += random() >> random() % 64;
        break;
      case 7:
        record.sample_interval = wild();
        break;
      case 8:
        record.line.bound = wild();
        break;
      case 9:
        record.root_distance = wild();
        break;
      case 10:
        record.line.bound_growth = {std::ldexp(static_cast<double>(random()), -70)};
        break;
      default:
        break;
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
