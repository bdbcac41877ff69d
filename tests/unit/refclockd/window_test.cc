// Many noisy looks become one good sample, and stamps of the system clock become raw time.
#include "refclockd/window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "refclockd/history.h"

namespace ntp::refclockd {
namespace {

constexpr UtcTime start{Nanos{1'795'000'000s}};

// What a perfect clock shows at raw time `t` when the raw clock is 23 ppm slow.
UtcTime truth(RawTime t) { return start + t.since_zero + ppm(23) * t.since_zero; }

Nanos error_of(const Placed& placed) { return placed.utc - truth(placed.raw); }

TEST(Window, SixteenLooksWithAMicrosecondOfNoiseAreWithinAThird) {
  std::mt19937 random{5};
  std::normal_distribution<double> noise{0, 1e-6};
  double squares = 0;
  constexpr int rounds = 400;
  for (int round = 0; round < rounds; ++round) {
    Window window{64};
    for (int i = 0; i < 16; ++i) {
      const RawTime raw{std::chrono::seconds{round * 16 + i}};
      window.take({raw, truth(raw) + to_nanos(noise(random))});
    }
    const double error = to_seconds(error_of(window.drain()->mean));
    squares += error * error;
  }
  EXPECT_LT(std::sqrt(squares / rounds), 0.30e-6);
  EXPECT_GT(std::sqrt(squares / rounds), 0.20e-6);  // 0.25 is what sixteen Gaussian looks allow
}

TEST(Window, TheSpreadIsAsLargeAsTheMeansErrorAndIndependentOfIt) {
  std::mt19937 random{11};
  std::normal_distribution<double> noise{0, 1e-6};
  double errors = 0, spreads = 0, products = 0;
  for (int round = 0; round < 2000; ++round) {
    Window window{64};
    for (int i = 0; i < 16; ++i) {
      const RawTime raw{std::chrono::seconds{round * 16 + i}};
      window.take({raw, truth(raw) + to_nanos(noise(random))});
    }
    const auto filtered = window.drain();
    const double error = to_seconds(error_of(filtered->mean)),
                 spread = to_seconds(filtered->spread);
    errors += error * error;
    spreads += spread * spread;
    products += error * spread;
  }
  EXPECT_NEAR(std::sqrt(spreads / errors), 1, 0.1);
  EXPECT_LT(std::abs(products) / std::sqrt(errors * spreads), 0.07);
}

TEST(Window, OutliersOfAMillisecondDoNotMoveIt) {
  std::mt19937 random{9};
  std::normal_distribution<double> noise{0, 1e-6};
  Window window{64};
  for (int i = 0; i < 32; ++i) {
    const RawTime raw{std::chrono::seconds{i}};
    const Nanos late = i % 5 == 2 ? Nanos{1ms} : Nanos{0};
    window.take({raw, truth(raw) + late + to_nanos(noise(random))});
  }
  const auto filtered = window.drain();
  ASSERT_TRUE(filtered);
  EXPECT_EQ(filtered->left_out, 6u);
  EXPECT_LT(std::chrono::abs(error_of(filtered->mean)), 1us);
  EXPECT_LT(filtered->deviation, 3us);
}

TEST(Window, OnlyTheLastLooksOfTheFilterCountAndItIsEmptyAfterwards) {
  Window window{4};
  for (int i = 0; i < 10; ++i)
    window.take({{std::chrono::seconds{i}}, truth({std::chrono::seconds{i}})});
  EXPECT_EQ(window.count(), 4u);
  const auto filtered = window.drain();
  EXPECT_EQ(filtered->used, 4u);
  EXPECT_EQ(filtered->mean.raw.since_zero, 7500ms);
  EXPECT_FALSE(window.drain());
}

TEST(Window, OneLookIsItsOwnSample) {
  Window window{64};
  window.take({{5s}, truth({5s})});
  const auto filtered = window.drain();
  EXPECT_EQ(filtered->mean.raw, RawTime{5s});
  EXPECT_EQ(filtered->mean.utc, truth({5s}));
  EXPECT_EQ(filtered->deviation, 0ns);
}

// A system clock with a rate and a step, read every second.
struct SteeredMachine {
  History history;
  RawTime raw{};
  SystemTime system{start.since_zero};
  void pass(Nanos span, Rate rate) {
    raw += span;
    system += span + rate * span;
    history.take({raw, system, 50ns});
  }
};

TEST(History, AStampBetweenTwoReadingsIsPlacedByTheRateOfThen) {
  SteeredMachine machine;
  machine.pass(1s, ppm(0));
  machine.pass(1s, ppm(80'000));
  const SystemTime stamp = machine.system - 540ms;  // half of 1.08 s
  machine.pass(1s, ppm(-500));
  const auto raw = machine.history.to_raw(stamp);
  ASSERT_TRUE(raw);
  EXPECT_LT(std::chrono::abs(*raw - RawTime{1500ms}), 2ns);
}

TEST(History, ARawTimeIsShownByTheRateOfThenAndOutsideAsIfBothClocksRanAlike) {
  SteeredMachine machine;
  machine.pass(1s, ppm(0));
  const SystemTime oldest = machine.system;
  for (int i = 0; i < 8; ++i) machine.pass(1s, ppm(40));
  EXPECT_EQ(machine.history.to_system(machine.raw - 6s), machine.system - (6s + 240us));
  EXPECT_EQ(machine.history.to_system(machine.raw - 500ms), machine.system - (500ms + 20us));
  EXPECT_EQ(machine.history.to_system(machine.raw + 1s), machine.system + 1s);
  EXPECT_EQ(machine.history.to_system(machine.raw - 9s), oldest - 1s);
  machine.system += 3s;  // a step: its own side tells
  machine.pass(1s, ppm(40));
  EXPECT_EQ(machine.history.to_system(machine.raw - 500ms), machine.system - 500ms);
}

TEST(History, StampsNearAStepInTheFutureOrTooOldAreNotPlaced) {
  SteeredMachine machine;
  for (int i = 0; i < 5; ++i) machine.pass(1s, ppm(10));
  const SystemTime before = machine.system - 500ms;
  machine.system += 3s;
  machine.pass(1s, ppm(10));
  EXPECT_FALSE(machine.history.to_raw(machine.system - 200ms));
  EXPECT_FALSE(machine.history.to_raw(before));
  EXPECT_FALSE(machine.history.to_raw(machine.system + 1ns));
  for (int i = 0; i < 30; ++i) machine.pass(1s, ppm(10));
  EXPECT_TRUE(machine.history.to_raw(machine.system - 10s));
  EXPECT_FALSE(machine.history.to_raw(machine.system - 21s));
  EXPECT_FALSE(History{}.to_raw({}));
}

}  // namespace
}  // namespace ntp::refclockd
