// The hardware clock as a reference, in a fake world: its tick by interrupt or by looking.
#include "refclockd/rtc_driver.h"

#include <gtest/gtest.h>

namespace ntp::refclockd {
namespace {

constexpr Nanos base{1'795'000'000s};

struct Chip final : RtcDevice {
  Nanos* now;
  Nanos ahead{0};
  bool interrupts = true, low = false, fails = false;
  Nanos last{0};

  explicit Chip(Nanos* time) : now{time} {}
  Result<UtcTime> read() override {
    if (fails) return failure("read the RTC");
    return UtcTime{std::chrono::floor<std::chrono::seconds>(base + *now + ahead)};
  }
  Result<void> set(UtcTime) override { return {}; }
  bool is_battery_low() override { return low; }
  int hear_ticks() override { return interrupts ? 7 : -1; }
  bool take_tick() override {
    const bool ticked = (*now + ahead) / 1s != (last + ahead) / 1s;
    last = *now;
    return ticked;
  }
  void pause(Nanos) override {}
};

struct World final : Clocks {
  Nanos passed{0};
  Reading read() override { return {.raw = {passed}, .system = {base + passed}, .window = 50ns}; }
  RawTime raw_now() override { return {passed}; }
  MonotonicTime monotonic_now() override { return {passed}; }
};

TEST(RtcDriver, AnInterruptMarksTheInstantOfAWholeSecond) {
  World world;
  auto chip = std::make_unique<Chip>(&world.passed);
  chip->ahead = 250ms;
  RtcDriver driver{std::move(chip)};
  EXPECT_EQ(driver.fd(), 7);
  world.passed = 700ms;
  EXPECT_EQ(driver.look(world).error(), Nothing::not_yet);
  world.passed = 750ms;
  const auto look = driver.look(world);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->raw->since_zero, 750ms);
  EXPECT_EQ(look->utc.since_zero, base + 1s);
}

TEST(RtcDriver, WithoutInterruptsTheTickIsHalfwayBetweenTwoLooks) {
  World world;
  auto chip = std::make_unique<Chip>(&world.passed);
  chip->interrupts = false;
  RtcDriver driver{std::move(chip)};
  EXPECT_EQ(driver.fd(), -1);
  for (world.passed = 10ms; world.passed < 1s; world.passed += 20ms)
    EXPECT_EQ(driver.look(world).error(), Nothing::not_yet);
  const auto look = driver.look(world);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->raw->since_zero, 1s);
  EXPECT_EQ(look->utc.since_zero, base + 1s);
}

TEST(RtcDriver, AChipWithALowBatteryIsNotInSync) {
  World world;
  auto chip = std::make_unique<Chip>(&world.passed);
  chip->low = true;
  RtcDriver driver{std::move(chip)};
  world.passed = 1s;
  EXPECT_EQ(driver.look(world).error(), Nothing::no_clock);
}

}  // namespace
}  // namespace ntp::refclockd
