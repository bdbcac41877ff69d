// Who writes the hardware clock and when, minute by minute.
#include "rtcd/keeper.h"

#include <gtest/gtest.h>

#include "rtcd/status_page.h"

namespace ntp::rtcd {
namespace {

constexpr Nanos start_of_world{1'795'000'000s};

// A machine that is looked at four times a minute.
struct World {
  Keeper keeper;
  bool is_trusted = false;
  Nanos passed{0};
  std::optional<UtcTime> saved{};
  std::optional<Nanos> rtc_error{};
  int writes = 0, saves = 0, measurements = 0;

  void pass(Nanos span) {
    for (const Nanos end = passed + span; passed < end; passed += 15s) look(false);
  }
  Duties look(bool is_stopping) {
    const SystemTime system{start_of_world + passed};
    const Duties duties = keeper.duties({.now = {passed},
                                         .system = system,
                                         .is_trusted = is_trusted,
                                         .is_stopping = is_stopping,
                                         .rtc_error = rtc_error},
                                        saved);
    writes += duties.write;
    saves += duties.save;
    measurements += duties.measure;
    if (duties.save) saved = UtcTime{system.since_zero};
    return duties;
  }
};

TEST(Keeper, AnUnsynchronisedClockIsNeverWrittenToTheRtc) {
  World world{.keeper{Owner::us, 0s}};
  world.pass(24h);
  EXPECT_FALSE(world.look(true).write);
  EXPECT_EQ(world.writes, 0);
}

TEST(Keeper, ASynchronisedClockIsWrittenAfterHalfAMinuteAndThenEveryElevenMinutes) {
  World world{.keeper{Owner::us, 0s}};
  world.pass(1min);
  world.is_trusted = true;
  world.pass(30s);
  EXPECT_EQ(world.writes, 0);
  world.pass(15s);
  EXPECT_EQ(world.writes, 1);
  world.pass(110min);
  EXPECT_EQ(world.writes, 11);
  EXPECT_TRUE(world.look(true).write);
}

TEST(Keeper, WithRtcsyncOnlyTheStopWrites) {
  World world{.keeper{Owner::kernel, 0s}, .is_trusted = true};
  world.pass(24h);
  EXPECT_EQ(world.writes, 0);
  EXPECT_TRUE(world.look(true).write);
}

TEST(Keeper, AMeasuredRtcIsWrittenOnlyBeyondAutotrim) {
  World world{.keeper{Owner::nobody, 30s}, .is_trusted = true};
  world.rtc_error = 29s;
  world.pass(2h);
  EXPECT_EQ(world.writes, 0);
  EXPECT_GT(world.measurements, 9);
  world.rtc_error = -31s;
  world.pass(12min);
  EXPECT_GE(world.writes, 1);
  World without{.keeper{Owner::nobody, 0s}, .is_trusted = true};
  without.rtc_error = 1h;
  without.pass(2h);
  EXPECT_EQ(without.writes, 0);
}

TEST(Keeper, TheSavedTimeOfAFreeClockGoesOnlyForwardAndOnlyAtTheRawClocksPace) {
  World world{.keeper{Owner::us, 0s}};
  world.pass(1h);
  EXPECT_EQ(world.saved->since_zero / 1s, (start_of_world + 55min) / 1s);
  // Somebody sets the free clock ten years ahead: not remembered.
  const auto before = world.saved;
  Duties duties = world.keeper.duties({.now = {2h}, .system = {start_of_world + 87600h}}, before);
  EXPECT_FALSE(duties.save);
  // And a week back: neither.
  duties = world.keeper.duties({.now = {3h}, .system = {start_of_world - 168h}}, before);
  EXPECT_FALSE(duties.save);
  // A synchronised clock says what time it is, whatever was saved.
  duties = world.keeper.duties({.now = {4h}, .system = {start_of_world - 168h}, .is_trusted = true},
                               before);
  EXPECT_TRUE(duties.save);
}

TEST(Keeper, ATimeBefore2025IsNeitherSavedNorWritten) {
  Keeper keeper{Owner::us, 0s};
  const Duties duties =
      keeper.duties({.now = {0s}, .system = {1000s}, .is_trusted = true}, std::nullopt);
  EXPECT_EQ(duties, (Duties{}));
}

TEST(Trust, OnlyASteeredFreshAndSmallErrorIsTrusted) {
  StatusRecord status{.state = ClockState::synchronised, .read_at = {100s}, .bound = 1ms};
  EXPECT_TRUE(is_trustworthy(status, {160s}));
  EXPECT_FALSE(is_trustworthy(std::nullopt, {160s}));
  EXPECT_FALSE(is_trustworthy(status, {100s + 11min}));
  EXPECT_FALSE(is_trustworthy(status, {99s}));
  StatusRecord other = status;
  other.dry_run = true;
  EXPECT_FALSE(is_trustworthy(other, {160s}));
  other = status;
  other.bound = 501ms;
  EXPECT_FALSE(is_trustworthy(other, {160s}));
  for (const auto state : {ClockState::free_running, ClockState::holdover, ClockState::refused}) {
    other = status;
    other.state = state;
    EXPECT_FALSE(is_trustworthy(other, {160s}));
  }
}

}  // namespace
}  // namespace ntp::rtcd
