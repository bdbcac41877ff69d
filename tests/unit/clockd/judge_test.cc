// The judge: every check by name, and what an ordinary machine needs. What a hostile network
// side cannot reach is judge_hostile_test.cc.
#include "clockd/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "tests/unit/clockd/judge_world.h"

namespace ntp::clockd {
namespace {

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
      {Refusal::range, [](auto& r) { r.time_scale = 0ns; }},
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
      {Refusal::rate_far, [](auto& r) { r.line.rate = ppm(71); }},
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

TEST(Judge, ACrystalThatJumpsIsFollowedAtOnce) {
  World world;
  world.lock();
  world.pass(64s);
  world.rate = 40.0_ppm;
  world.pass(64s);
  EXPECT_FALSE(world.hear().refusal);
  EXPECT_LT(world.memory.learnt, 21.0_ppm);  // of an hour, whatever one record says
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

TEST(Judge, InitstepslewStepsTheFirstCorrectionOnly) {
  World world{.policy = {.first_step = 500ms}};
  world.system_error = 400ms;
  EXPECT_FALSE(world.hear().steps);
  World wrong{.policy = {.first_step = 500ms}};
  wrong.system_error = 600ms;
  EXPECT_TRUE(wrong.hear().steps);
  wrong.pass(64s);
  wrong.system_error = 600ms;
  EXPECT_FALSE(wrong.hear().steps);
}

TEST(Judge, MaxdriftRefusesAFasterClock) {
  World world;
  ClockSettings settings;
  settings.maxdrift = 15.0_ppm;
  world.policy = to_policy(settings);
  EXPECT_EQ(world.hear().refusal, Refusal::rate);  // 20 ppm
  settings.maxdrift = 25.0_ppm;
  world.policy = to_policy(settings);
  EXPECT_FALSE(world.hear().refusal);
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

TEST(Judge, WhatWasTaughtIsHeldNoFasterAwayThanTheCorridorWidens) {
  World world;
  EXPECT_EQ(held_rate(400.0_ppm, world.memory), 400.0_ppm) << "no corridor yet";
  world.lock();
  const Rate centre = world.memory.corridor.rate;
  EXPECT_EQ(held_rate(centre + 3.0_ppm, world.memory), centre + 3.0_ppm);
  EXPECT_EQ(held_rate(centre + 50.0_ppm, world.memory), centre + corridor_growth);
  EXPECT_EQ(held_rate(centre - 50.0_ppm, world.memory), centre - corridor_growth);
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

}  // namespace
}  // namespace ntp::clockd
