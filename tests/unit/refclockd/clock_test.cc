// One refclock line: corrections, pulses and their partner, and what is counted as refused.
#include "refclockd/clock.h"

#include <gtest/gtest.h>

#include "common/conf/refclock_refid.h"

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

Clock clock_of(const RefclockSettings& settings) { return {settings, 3}; }

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
  const auto numbered = number_pulse(*sample, near, 10ms, 0ns);
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
  EXPECT_EQ(number_pulse(pulse, {base + 7s + 300ms}, 50ms, 0ns)->since_zero, base + 7s);
  EXPECT_EQ(number_pulse(pulse, {base - 7s - 300ms}, 50ms, 0ns)->since_zero, base - 7s);
  EXPECT_FALSE(number_pulse(pulse, {base + 7s + 300ms}, 150ms, 0ns));
  EXPECT_FALSE(number_pulse(pulse, {base + 500ms}, 0ms, 0ns));
  EXPECT_FALSE(number_pulse(pulse, {base}, -1ns, 0ns));
}

TEST(Clock, WidthNarrowsTheDoubtToHalfOfWhatIsHighOrLow) {
  EXPECT_EQ(most_doubt(1s, 0s), 400ms);
  EXPECT_EQ(most_doubt(1s, 200ms), 100ms);
  EXPECT_EQ(most_doubt(1s, 900ms), 50ms);
  EXPECT_EQ(most_doubt(1s, 2s), 400ms);  // no width of such a pulse
  const ReferenceSample pulse{.utc = {base}, .pulse_interval = 1s};
  EXPECT_TRUE(number_pulse(pulse, {base + 90ms}, 5ms, 200ms));
  EXPECT_FALSE(number_pulse(pulse, {base + 90ms}, 15ms, 200ms));
}

// A card that stamps both edges: the samples of the falling one are refused by who knows the
// time, and do not spoil those of the rising one.
TEST(Clock, OfTwoEdgesAWidthApartEachMakesItsOwnSample) {
  const History history = machine(10s);
  Clock pps = clock_of({.driver = RefclockDriver::pps, .width = 200ms});
  for (int i = 1; i <= 4; ++i) {
    const Nanos second = std::chrono::seconds{i};
    ASSERT_TRUE(take(pps, at(second + 3us, 0s, true), history, nullptr, 0));
    ASSERT_TRUE(take(pps, at(second + 203ms, 0s, true), history, nullptr, 0));
  }
  const auto rising = make_sample(pps, 0), falling = make_sample(pps, 1);
  ASSERT_TRUE(rising && falling);
  EXPECT_LT(rising->dispersion, 1us);
  EXPECT_LT(falling->dispersion, 1us);
  const auto number = [](const ReferenceSample& sample) {
    return number_pulse(sample, {base + sample.taken.since_zero}, 10ms, 200ms);
  };
  EXPECT_TRUE(number(*rising));
  EXPECT_FALSE(number(*falling));
}

TEST(Clock, RateNumbersPulsesWithinASecond) {
  const History history = machine(10s);
  Clock pps = clock_of({.driver = RefclockDriver::pps, .lock_refid = "GPS", .rate = 5});
  pps.locked_to = 0;
  Clock gps = clock_of({.driver = RefclockDriver::shm});
  ASSERT_TRUE(take(gps, at(5s, 5s + 30ms), history, nullptr, 0));
  ASSERT_TRUE(take(pps, at(5s + 400ms, 0s, true), history, &gps, 0));  // the third of five
  EXPECT_EQ(make_sample(pps)->utc.since_zero, base + 5s + 400ms);
  ASSERT_TRUE(take(gps, at(6s, 6s + 90ms), history, nullptr, 0));  // 0.4 of 200 ms is 80 ms
  EXPECT_EQ(take(pps, at(6s + 200ms, 0s, true), history, &gps, 0).error(), Refused::unlocked);
}

TEST(Clock, MaxlockageIsHowManyPulsesThePartnersWordHolds) {
  const History history = machine(20s);
  const auto is_numbered = [&](int pulses, Nanos age) {
    Clock pps =
        clock_of({.driver = RefclockDriver::pps, .lock_refid = "GPS", .maxlockage = pulses});
    pps.locked_to = 0;
    Clock gps = clock_of({.driver = RefclockDriver::shm});
    EXPECT_TRUE(take(gps, at(5s, 5s), history, nullptr, 0));
    return take(pps, at(5s + age, 0s, true), history, &gps, 0).has_value();
  };
  EXPECT_TRUE(is_numbered(2, 3s));  // two pulses and the partner's own second
  EXPECT_FALSE(is_numbered(2, 4s));
  EXPECT_TRUE(is_numbered(8, 9s));
}

TEST(Clock, PpsMakesAPulseOfAnyDriversSamples) {
  const History history = machine(10s);
  Clock sock = clock_of({.driver = RefclockDriver::sock, .pps = true});
  ASSERT_TRUE(take(sock, at(5s, 17s), history, nullptr, 0));
  EXPECT_EQ(make_sample(sock)->pulse_interval, 1s);
}

TEST(Clock, PollDpollAndFilterSayWhenAndHowMuch) {
  const Clock often = clock_of({.driver = RefclockDriver::shm, .poll = 3, .dpoll = -2});
  EXPECT_EQ(look_interval(often), 250ms);
  EXPECT_EQ(sample_interval(often), 8s);
  const Clock seldom = clock_of({.driver = RefclockDriver::shm, .poll = 0, .dpoll = 2});
  EXPECT_EQ(sample_interval(seldom), 4s);  // never more often than it looks

  const History history = machine(10s);
  Clock two = clock_of({.driver = RefclockDriver::shm, .filter = 2});
  for (int i = 1; i <= 6; ++i)
    ASSERT_TRUE(
        take(two, at(std::chrono::seconds{i}, std::chrono::seconds{i}), history, nullptr, 0));
  EXPECT_EQ(make_sample(two)->taken.since_zero, 5500ms);  // the mean of the last two
}

TEST(Clock, StratumDelayPrecisionAndLeapGoIntoTheSample) {
  const History history = machine(10s);
  Clock clock = clock_of(
      {.driver = RefclockDriver::shm, .stratum = 3, .delay = 4ms, .precision = Nanos{1us}});
  Look look = at(5s, 5s);
  look.leap = Leap::insert;
  ASSERT_TRUE(take(clock, look, history, nullptr, 0));
  const auto sample = make_sample(clock);
  EXPECT_EQ(sample->stratum, 3);
  EXPECT_EQ(sample->delay, 4ms);
  EXPECT_EQ(sample->precision, 1us);
  EXPECT_EQ(sample->leap, Leap::insert);
}

TEST(Clock, ALocalClocksPhaseGoesOnWhateverSecondsItShows) {
  const History history = machine(20s);
  Clock clock = clock_of({.driver = RefclockDriver::sock, .local = true});
  for (int i = 1; i <= 20; ++i) {
    const Nanos second = std::chrono::seconds{i};
    ASSERT_TRUE(take(clock, at(second, 300ms + second * (i % 3) + i * 10us), history, nullptr, 0));
  }
  const auto sample = make_sample(clock);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->pulse_interval, 0s) << "nobody need number it";
  EXPECT_LT(sample->dispersion, 100us);
}

TEST(Clock, ALocalClockThatJumpsIsRefusedAndBeginsAnewWhenItGoesOn) {
  const History history = machine(20s);
  Clock clock = clock_of({.driver = RefclockDriver::sock, .maxlockage = 4, .local = true});
  for (int i = 1; i <= 5; ++i) {
    const Nanos second = std::chrono::seconds{i};
    ASSERT_TRUE(take(clock, at(second, second), history, nullptr, 0));
  }
  int refused = 0;
  while (!take(clock, at((6s + refused * 1s), 6s + refused * 1s + 450ms), history, nullptr, 0))
    ASSERT_LT(++refused, 20);
  EXPECT_EQ(refused, 5) << "maxlockage, and the interval of the looks";
}

TEST(Clock, ALocalClockNumbersNoPulse) {
  const std::vector<RefclockSettings> lines{
      {.driver = RefclockDriver::sock, .parameter = "/run/x", .refid = "OCXO", .local = true},
      {.driver = RefclockDriver::pps, .parameter = "/dev/none", .lock_refid = "OCXO"}};
  const auto clock = open_clock(lines, 1, RtcKeeps::utc);
  ASSERT_FALSE(clock);
  EXPECT_EQ(clock.error().message,
            "refclock /dev/none: lock OCXO: that clock is `local` and knows no seconds");
}

TEST(Clock, AWordAfterTheColonThatTheDriverDoesNotKnowIsNamed) {
  const RefclockSettings settings{
      .driver = RefclockDriver::pps, .parameter = "/dev/none", .driver_options = {"claer"}};
  const auto opened = open_pps(settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message,
            "refclock /dev/none: unknown option \":claer\"; it knows :clear");
  const RefclockSettings pin{.parameter = "/dev/none", .driver_options = {"pin=two"}};
  EXPECT_EQ(number_option(pin, "pin=").error().message,
            "refclock /dev/none: pin wants a number from 0 to 255, not \"two\"");
  EXPECT_EQ(number_option(pin, "channel="), 0u);
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
