// The servo on the kernel's model: what the clock does when clockd obeys an estimate.
#include "clockd/steer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/kernel_model.h"

namespace ntp::clockd {
namespace {

// A clock, the truth as a straight line over raw, and clockd's orders.
struct World {
  explicit World(Nanos start_error, Rate truth_rate = 40.0_ppm)
      : kernel{SystemTime{1'800'000'000s + start_error}} {
    record.line = {
        .anchor = {}, .utc = {1'800'000'000s}, .rate = truth_rate, .bound = 1ms, .deviation = 1us};
    record.sample_interval = 64s;
    record.time_scale = 64s;
    record.tracking_deviation = 1us;
  }
  [[nodiscard]] Reading read(Nanos noise = Nanos{0}) const {
    return {kernel.raw(), kernel.system() + phase + noise, 50ns};
  }
  [[nodiscard]] Nanos error() const { return error_of(record.line, read()); }
  Order obey(bool is_hasty = false, Nanos noise = Nanos{0}) {
    const Reading now = read(noise);
    const Order order = steer(record, now, policy, playing, kernel.offset_left(), is_hasty);
    kernel.adjust(order.adjustment);
    playing = order.playing(now);
    return order;
  }
  // Orders whenever one is due, for so many seconds; the time until |error| stays below `goal`.
  Nanos settle(Nanos length, Nanos goal, bool is_hasty) {
    Nanos settled{0};
    Order order = obey(is_hasty);
    Nanos due = order.again;
    for (Nanos at{100ms}; at <= length; at += 100ms) {
      kernel.pass(100ms);
      if (std::chrono::abs(error()) > goal) settled = at;
      if (order.again == Nanos{0} || at < due) continue;
      order = obey(is_hasty);
      due = at + order.again;
    }
    return settled;
  }

  EstimateRecord record{};
  Policy policy{};
  Playing playing{};
  Nanos phase{0};  // what REALTIME shows when a second of the kernel's begins
  sim::KernelModel kernel;
};

World with_phase(World world, Nanos phase) {
  world.phase = phase;
  world.record.line.utc += phase;
  return world;
}

TEST(Steer, AnErrorGoesAwayByItselfAfterOneOrder) {
  World world{50ms};
  world.obey();
  world.kernel.pass(1s);
  EXPECT_GT(world.error(), 30ms);
  world.kernel.pass(120s);
  EXPECT_LT(std::chrono::abs(world.error()), 5us);
}

TEST(Steer, AnErrorNeverChangesSignOnItsWayOut) {
  for (const Nanos start : {Nanos{50ms}, Nanos{-50ms}, Nanos{200us}}) {
    World world{start};
    for (int second = 0; second < 100; ++second) {
      world.obey();
      world.kernel.pass(1s + 137ms);  // orders at every phase of the second
      EXPECT_GE(start > Nanos{0} ? world.error() : -world.error(), -20ns) << second;
    }
    EXPECT_LT(std::chrono::abs(world.error()), 4us);  // the deviation's own size
  }
}

TEST(Steer, AFrequencyStepIsFollowedWithoutOvershoot) {
  World world{0ms};
  for (int i = 0; i < 10; ++i) {
    world.obey();
    world.kernel.pass(64s);
  }
  const Reading now = world.read();  // the oscillator changes by 5 ppm, and the estimate knows
  world.record.line = {
      .anchor = now.raw, .utc = world.record.line.at(now.raw), .rate = 45.0_ppm, .deviation = 1us};
  const Nanos before = world.error();
  for (int i = 0; i < 10; ++i) {
    world.obey();
    world.kernel.pass(64s);
    EXPECT_LE(std::chrono::abs(world.error()), std::max(std::chrono::abs(before), Nanos{20}));
  }
}

TEST(Steer, TheSteadyClockStaysWithinTwentyNanosecondsOfTheEstimate) {
  World world{3ms};
  world.record.tracking_deviation = 1us;
  double square = 0;
  int count = 0;
  std::uint32_t state = 12345;  // reading noise, uniform +-10 ns
  for (int i = 0; i < 400; ++i) {
    state = state * 1664525 + 1013904223;
    world.obey(false, Nanos{static_cast<int>(state >> 24) % 21 - 10});
    for (int part = 0; part < 8; ++part) {
      world.kernel.pass(8s);
      if (i < 20) continue;
      square += std::pow(static_cast<double>(world.error().count()), 2);
      ++count;
    }
  }
  EXPECT_LT(std::sqrt(square / count), 20.0);
}

TEST(Steer, ALargeErrorGoesInPiecesWithinTheSlewLimit) {
  World world{-5s};
  world.policy.most_slew_rate = ppm(83333.333);
  for (int second = 0; second < 120; ++second) {
    const Order order = world.obey();
    EXPECT_LE(
        std::abs(to_seconds(order.adjustment.offset)) * slew_share(order.adjustment.time_constant),
        0.0833334);
    world.kernel.pass(1s);
    EXPECT_LE(std::abs((world.kernel.rate_now() - world.kernel.base_rate()).ppm()), 83333.4);
  }
  EXPECT_LT(std::chrono::abs(world.error()), 1ms);
}

TEST(Steer, HoweverFarTheClockIsOffItIsMovedTowardsTheEstimate) {
  for (const Nanos size :
       {Nanos{500ms}, Nanos{6s}, Nanos{8s}, Nanos{100s}, Nanos{2'500'000'000s}}) {
    for (const bool is_hasty : {false, true}) {
      const Order back = World{size}.obey(is_hasty), on = World{-size}.obey(is_hasty);
      EXPECT_LT(back.adjustment.offset, Nanos{0}) << size.count();
      EXPECT_GT(on.adjustment.offset, Nanos{0}) << size.count();
      EXPECT_GT(back.again, Nanos{0});
    }
  }
  World far{20s};
  (void)far.settle(30s, 1s, false);
  EXPECT_LT(far.error(), Nanos{18s});
}

TEST(Steer, ATightSlewLimitIsKept) {
  World world{50ms};
  world.policy.most_slew_rate = ppm(500);
  for (int second = 0; second < 400; ++second) {
    world.obey();
    world.kernel.pass(1s);
    EXPECT_LE(std::abs((world.kernel.rate_now() - world.kernel.base_rate()).ppm()), 500.1);
  }
  EXPECT_LT(std::chrono::abs(world.error()), 5ms);
}

TEST(Steer, HasteBringsFiftyMillisecondsUnderOneInEightSeconds) {
  World calm{50ms}, hasty{50ms};
  EXPECT_LE(hasty.settle(60s, 1ms, true), 8s);
  World again{50ms};
  EXPECT_LE(again.settle(60s, 50us, true), 6s);
  EXPECT_GT(calm.settle(60s, 1ms, false), 12s);
}

// A simulated kernel begins its seconds where it likes, a real one with REALTIME's.
TEST(Steer, WhereTheKernelsSecondBeginsDoesNotMatter) {
  for (const Nanos phase : {100ms, 300ms, 500ms, 800ms}) {
    World hasty = with_phase(World{300ms}, phase), calm = with_phase(World{50ms}, phase);
    EXPECT_LE(hasty.settle(60s, 1ms, true), 10s) << phase.count();
    for (int second = 0; second < 100; ++second) {
      calm.obey();
      calm.kernel.pass(1s + 137ms);
      EXPECT_GE(calm.error(), -20ns) << second;
    }
  }
}

TEST(Steer, ADeathInHasteLeavesNoMoreThanTheErrorThatWasThere) {
  World world{50ms};
  world.obey(true);
  world.kernel.pass(300s);  // nobody comes again
  EXPECT_LE(std::chrono::abs(world.error()), 51ms);
  EXPECT_EQ(world.kernel.rate_now(), world.kernel.base_rate());
}

TEST(Steer, NoiseIsTakenSlowlyAndCertainErrorQuickly) {
  World noise{2us}, certain{200us};
  EXPECT_EQ(noise.obey().adjustment.time_constant, 4);    // 64 s: 2 deviations
  EXPECT_EQ(certain.obey().adjustment.time_constant, 0);  // 50 deviations
}

// Its time is what makes a rate of 0.3 ppm of it: a smaller error need not go slower.
TEST(Steer, WhileALineSettlesOnlyWhatMayBeNoiseTakesItsTime) {
  const auto constant_for = [](Nanos error, Nanos deviation) {
    World world{error};
    world.record.time_scale = 512s;
    world.record.tracking_deviation = deviation;
    return world.obey().adjustment.time_constant;
  };
  EXPECT_EQ(constant_for(300us, 100us), 7);  // 512 s
  EXPECT_EQ(constant_for(-100us, 100us), 6);
  EXPECT_EQ(constant_for(20us, 100us), 4);  // the interval
  EXPECT_EQ(constant_for(200us, 1us), 0);   // certain
}

TEST(Steer, WhatGrewInHoursDoesNotGoInSeconds) {
  World rare{1ms};  // 250 deviations
  rare.record.sample_interval = 4h;
  EXPECT_EQ(rare.obey().adjustment.time_constant, 4);  // 64 s of 1024
}

TEST(Steer, CorrtimeratioMakesASlewLongerOrShorter) {
  World usual{2us}, patient{2us}, brisk{2us};
  patient.policy.correction_ratio = 4;
  brisk.policy.correction_ratio = 0.25;
  EXPECT_EQ(patient.obey().adjustment.time_constant, usual.obey().adjustment.time_constant + 2);
  EXPECT_EQ(brisk.obey().adjustment.time_constant + 2, usual.obey().adjustment.time_constant);
}

TEST(Steer, HoldoverKeepsTheRateEndsTheSlewAndSaysUnsynchronised) {
  World world{50ms};
  world.obey();
  world.kernel.pass(2s);
  const Order order = hold_over(39.0_ppm);
  EXPECT_EQ(order.adjustment.rate, 39.0_ppm);
  EXPECT_EQ(order.adjustment.offset, Nanos{0});
  EXPECT_FALSE(order.adjustment.is_synchronised);
}

// What the kernel makes of it is known before the next sample is.
TEST(Steer, ALongSlewIsLookedAtAgain) {
  EXPECT_EQ(World{50ms}.obey().again, 8s);
  EXPECT_EQ(World{1ms}.obey().again, Nanos{0});
}

}  // namespace
}  // namespace ntp::clockd
