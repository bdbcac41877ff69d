// The hardware clock in a fake world: finding its tick, setting it on the second, its drift.
#include "rtcd/rtc.h"

#include <gtest/gtest.h>

#include <random>

#include "rtcd/rtc_line.h"

namespace ntp::rtcd {
namespace {

constexpr Nanos start_of_world{1'795'000'000s};

// One oscillator for everybody; the hardware clock counts seconds from where it was set.
struct World final : RtcDevice {
  Nanos passed{0};
  Nanos rtc_ahead{0};       // of the system clock
  Nanos chip_phase{500ms};  // from a write to the next tick: 1 s less this
  bool ticks = true;
  bool keeps_tick = false;  // a write moves whole seconds only
  int sets = 0;
  Nanos longest_pause{0};  // how long a pause of most of a second takes, when not 0

  Nanos system() const { return start_of_world + passed; }
  Nanos shown() const { return ticks ? system() + rtc_ahead : start_of_world; }

  Result<UtcTime> read() override { return UtcTime{shown() / 1s * Nanos{1s}}; }
  Result<void> set(UtcTime second) override {
    ++sets;
    if (keeps_tick) {
      rtc_ahead += second.since_zero - shown() / 1s * Nanos{1s};
      return {};
    }
    rtc_ahead = second.since_zero + chip_phase - system();
    return {};
  }
  bool is_battery_low() override { return false; }
  void pause(Nanos span) override {
    passed += longest_pause > 0ns && span > 900ms ? longest_pause : span + 50us;
  }
};

struct WorldClocks final : Clocks {
  explicit WorldClocks(World& w) : world{w} {}
  World& world;
  Reading read() override {
    return {.raw = {world.passed}, .system = {world.system()}, .window = 50ns};
  }
  RawTime raw_now() override { return {world.passed}; }
  MonotonicTime monotonic_now() override { return {world.passed}; }
};

TEST(Rtc, TheTickIsFoundToSomeMicroseconds) {
  for (const Nanos ahead : {Nanos{123'456us}, Nanos{-7'000'001us}, Nanos{0}}) {
    World world;
    world.rtc_ahead = ahead;
    WorldClocks clocks{world};
    const auto reading = find_tick(world, clocks);
    ASSERT_TRUE(reading);
    const Nanos error = reading->shown.since_zero - reading->system.since_zero - ahead;
    EXPECT_LE(std::chrono::abs(error), reading->uncertainty + 1us);
    EXPECT_LE(reading->uncertainty, 60us);
  }
}

TEST(Rtc, WhoSleepsOverTheSecondTickKeepsTheFirst) {
  World world;
  world.longest_pause = 1040ms;
  WorldClocks clocks{world};
  const auto reading = find_tick(world, clocks);
  ASSERT_TRUE(reading);
  EXPECT_LE(std::chrono::abs(reading->shown.since_zero - reading->system.since_zero), 1ms);
  EXPECT_GT(reading->uncertainty, 400us);
}

TEST(Rtc, AClockThatDoesNotTickIsAnErrorAfterASecond) {
  World world;
  world.ticks = false;
  WorldClocks clocks{world};
  EXPECT_FALSE(find_tick(world, clocks));
  EXPECT_LT(world.passed, 1500ms);
}

TEST(Rtc, SetOnTheHalfSecondItTicksOnTheSecond) {
  World world;
  world.rtc_ahead = 17s;
  world.passed = 630ms;
  WorldClocks clocks{world};
  const auto set = set_rtc(world, clocks, usual_phase);
  ASSERT_TRUE(set);
  EXPECT_EQ(world.sets, 1);
  EXPECT_LE(std::chrono::abs(world.rtc_ahead), 2ms);
}

TEST(Rtc, AChipOfTheOtherKindIsNoticedAndWrittenAgain) {
  World world;
  world.chip_phase = 0ms;
  WorldClocks clocks{world};
  const auto set = set_rtc(world, clocks, usual_phase);
  ASSERT_TRUE(set);
  EXPECT_EQ(world.sets, 2);
  EXPECT_EQ(set->phase, 0ms);
  EXPECT_LE(std::chrono::abs(world.rtc_ahead), 2ms);
  const auto again = set_rtc(world, clocks, set->phase);
  ASSERT_TRUE(again);
  EXPECT_EQ(world.sets, 3);
}

TEST(Rtc, AChipThatKeepsItsTickGetsTheNearestSecond) {
  for (const Nanos ahead : {Nanos{17'616ms}, Nanos{-3'616ms}, Nanos{400ms}, Nanos{-499ms}}) {
    World world;
    world.keeps_tick = true;
    world.rtc_ahead = ahead;
    WorldClocks clocks{world};
    const auto set = set_rtc(world, clocks, usual_phase);
    ASSERT_TRUE(set);
    EXPECT_LE(std::chrono::abs(world.rtc_ahead), 501ms) << ahead.count();
    EXPECT_EQ(set->phase, usual_phase);
    EXPECT_LE(set->after.shown.since_zero - set->after.system.since_zero - world.rtc_ahead, 2ms);
  }
}

TEST(RtcLine, ADayOfNoisyLooksGivesTheRateToAHundredthPpm) {
  std::mt19937 random{3};
  std::uniform_real_distribution<double> noise{-500e-6, 500e-6};
  RtcTrack track;
  const Rate rate = ppm(-37);
  UtcTime now{start_of_world};
  for (int i = 0; i < 131; ++i, now += 11min) {  // a day; the ring keeps the last 64
    track.take({now, 250ms + rate * (now - UtcTime{start_of_world}) + to_nanos(noise(random))});
  }
  const auto line = track.line(std::nullopt);
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->rate.ppm(), -37, 0.02);
  const UtcTime later = now + 24h * 7;
  const Nanos truth = 250ms + rate * (later - UtcTime{start_of_world});
  EXPECT_LT(std::chrono::abs(line->error_at(later) - truth), 10ms);
  EXPECT_LT(std::chrono::abs(line->corrected(later + truth) - later), 10ms);
}

TEST(RtcLine, TooFewLooksKeepTheRateThatWasKnown) {
  RtcTrack track;
  EXPECT_FALSE(track.line(ppm(5)));
  track.take({{start_of_world}, 100ms});
  track.take({{start_of_world + 11min}, 900ms});
  EXPECT_EQ(track.line(ppm(5))->rate, ppm(5));
  EXPECT_EQ(track.line(ppm(5))->error, 900ms);
  track.restart();
  EXPECT_FALSE(track.line(ppm(5)));
}

TEST(RtcLine, ChronysFileIsReadAndWrittenBack) {
  const auto line = parse_rtcfile("1 1795000000 -12.345678 20.125\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->reference.since_zero, start_of_world);
  EXPECT_EQ(line->error, -12'345'678us);
  EXPECT_NEAR(line->rate.ppm(), 20.125, 1e-9);
  EXPECT_EQ(to_rtcfile(*line), "1 1795000000 -12.345678 20.125\n");
  for (const char* bad : {"", "0 1 2 3", "1 1 2", "1 x 2 3", "1 1795000000 1 5000",
                          "1 1795000000 nan 1", "1 -5 0 0", "1 1795000000 1e9 0"}) {
    EXPECT_FALSE(parse_rtcfile(bad)) << bad;
  }
}

}  // namespace
}  // namespace ntp::rtcd
