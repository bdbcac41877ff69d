// One refclock line: corrections, pulses and their partner, and what is counted as refused.
#include "refclockd/clock.h"

#include <gtest/gtest.h>

namespace ntp::refclockd {
namespace {

constexpr Nanos base{1'795'000'000s};

// Raw and system clock side by side: raw 0 is `base`.
History machine(Nanos until) {
  History history;
  for (Nanos t{0}; t <= until; t += 1s) history.take({{t}, {base + t}, 50ns});
  return history;
}

Look at(Nanos raw, Nanos utc_since_base, bool is_pulse = false) {
  return {.system = {base + raw}, .utc = {base + utc_since_base}, .is_pulse = is_pulse};
}

Clock clock_of(const RefclockSettings& settings) {
  return {.settings = settings, .line = 3, .refid = refid_of(settings, 3), .window = Window{64}};
}

TEST(Clock, TheRefidIsTheOnesGivenOrDriverAndLine) {
  EXPECT_EQ(refid_of({.driver = RefclockDriver::shm}, 0), 0x53484d30u);    // SHM0
  EXPECT_EQ(refid_of({.driver = RefclockDriver::sock}, 12), 0x534f4332u);  // SOC2
  EXPECT_EQ(refid_of({.refid = "GPS"}, 0), 0x47505300u);
}

TEST(Clock, OffsetAndTaiAreTakenOut) {
  Clock clock = clock_of({.driver = RefclockDriver::shm, .tai = true, .offset = 2ms});
  const History history = machine(10s);
  ASSERT_EQ(take(clock, at(5s, 42s), history, nullptr, 0).error(), Refused::no_tai);
  ASSERT_TRUE(take(clock, at(5s, 42s), history, nullptr, 37));
  const auto sample = make_sample(clock);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->taken.since_zero, 5s);
  EXPECT_EQ(sample->utc.since_zero, base + 5s + 2ms);
  EXPECT_EQ(sample->pulse_interval, 0s);
  EXPECT_EQ(sample->line, 3u);
}

TEST(Clock, ALockedPulseGetsItsSecondFromThePartner) {
  const History history = machine(10s);
  Clock gps = clock_of({.driver = RefclockDriver::shm});
  Clock pps = clock_of({.driver = RefclockDriver::pps, .lock_refid = "GPS"});
  pps.locked_to = 0;
  EXPECT_EQ(take(pps, at(4s, 0s, true), history, &gps, 0).error(), Refused::unlocked);
  ASSERT_TRUE(take(gps, at(5s, 5s + 130ms), history, nullptr, 0));  // its messages come late
  ASSERT_TRUE(take(pps, at(5s + 1us, 1s, true), history, &gps, 0));
  const auto sample = make_sample(pps);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->utc.since_zero, base + 5s);
  EXPECT_EQ(sample->taken.since_zero, 5s + 1us);
  EXPECT_EQ(sample->pulse_interval, 0s);
}

TEST(Clock, AStalePartnerOrOneHalfASecondOffNumbersNothing) {
  const History history = machine(30s);
  Clock pps = clock_of({.driver = RefclockDriver::pps, .lock_refid = "GPS", .maxlockage = 2});
  pps.locked_to = 0;
  Clock gps = clock_of({.driver = RefclockDriver::shm});
  ASSERT_TRUE(take(gps, at(15s, 15s), history, nullptr, 0));
  EXPECT_EQ(take(pps, at(20s, 0s, true), history, &gps, 0).error(), Refused::unlocked);
  ASSERT_TRUE(take(gps, at(21s, 21s + 450ms), history, nullptr, 0));
  EXPECT_EQ(take(pps, at(21s, 0s, true), history, &gps, 0).error(), Refused::unlocked);
}

TEST(Clock, AFreePulseLeavesItsSecondToTheNetworkSide) {
  const History history = machine(10s);
  Clock pps = clock_of({.driver = RefclockDriver::pps});
  for (int i = 1; i <= 4; ++i)
    ASSERT_TRUE(take(pps, at(std::chrono::seconds{i} + 3us, 0s, true), history, nullptr, 0));
  const auto sample = make_sample(pps);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->pulse_interval, 1s);
  const UtcTime near{base + sample->taken.since_zero + 20ms};
  const auto numbered = number_pulse(*sample, near, 10ms);
  ASSERT_TRUE(numbered);
  EXPECT_EQ(numbered->since_zero, base + sample->taken.since_zero - 3us);
}

TEST(Clock, LooksOutOfOrderOrWithoutAPlaceAreRefused) {
  const History history = machine(10s);
  Clock clock = clock_of({.driver = RefclockDriver::sock});
  EXPECT_EQ(take(clock, at(11s, 11s), history, nullptr, 0).error(), Refused::unplaced);
  ASSERT_TRUE(take(clock, at(5s, 5s), history, nullptr, 0));
  EXPECT_EQ(take(clock, at(5s, 5s), history, nullptr, 0).error(), Refused::out_of_order);
  EXPECT_EQ(take(clock, at(4s, 4s), history, nullptr, 0).error(), Refused::out_of_order);
}

TEST(Clock, MaxdispersionDropsANoisySample) {
  const History history = machine(10s);
  Clock clock = clock_of({.driver = RefclockDriver::sock, .maxdispersion = 1us});
  for (int i = 1; i <= 6; ++i) {
    ASSERT_TRUE(take(clock, at(std::chrono::seconds{i}, std::chrono::seconds{i} + i % 2 * 100us),
                     history, nullptr, 0));
  }
  EXPECT_FALSE(make_sample(clock));
  EXPECT_EQ(clock.refusals[static_cast<std::size_t>(Refused::dispersed)], 1u);
}

TEST(Clock, APulseIsNumberedOnlyWhenThereIsNoDoubt) {
  const ReferenceSample pulse{.utc = {base}, .pulse_interval = 1s};
  EXPECT_EQ(number_pulse(pulse, {base + 7s + 300ms}, 50ms)->since_zero, base + 7s);
  EXPECT_EQ(number_pulse(pulse, {base - 7s - 300ms}, 50ms)->since_zero, base - 7s);
  EXPECT_FALSE(number_pulse(pulse, {base + 7s + 300ms}, 150ms));
  EXPECT_FALSE(number_pulse(pulse, {base + 500ms}, 0ms));
  EXPECT_FALSE(number_pulse(pulse, {base}, -1ns));
}

TEST(Clock, AWrongPermissionNamesWhatWouldBeRight) {
  RefclockSettings settings{
      .driver = RefclockDriver::shm, .parameter = "2", .driver_options = {"perm=0666"}};
  EXPECT_EQ(permission_of(settings, 0600), 0666u);
  settings.driver_options = {"perm=9"};
  ASSERT_FALSE(permission_of(settings, 0600));
  EXPECT_NE(permission_of(settings, 0600).error().message.find("octal"), std::string::npos);
}

}  // namespace
}  // namespace ntp::refclockd
