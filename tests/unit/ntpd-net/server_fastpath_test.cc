// The line over CLOCK_MONOTONIC that the kernel's half says, on clocks of the test's own.
#include "ntpd-net/server_fastpath.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr Nanos raw_minus_mono = 7s;

// CLOCK_MONOTONIC and REALTIME gain `slew` on the raw clock; a look takes `window`.
struct SlewedClocks : Clocks {
  RawTime raw{1000s};
  Nanos gained{0};
  Rate slew{};
  Nanos window{0};

  void pass(Nanos span) {
    raw = raw + span;
    gained = gained + slew * span;
  }
  MonotonicTime mono() const { return {raw.since_zero - raw_minus_mono + gained}; }
  Reading read() override { return {raw, {1'700'000'000s + raw.since_zero + gained}, Nanos{0}}; }
  RawTime raw_now() override {
    pass(window / 2);
    return raw;
  }
  MonotonicTime monotonic_now() override { return mono(); }
};

ServedState synchronised(const SlewedClocks& clocks) {
  return {.from_system_clock = false,
          .line = {.anchor = clocks.raw, .utc = UtcTime{1'800'000'000s}, .rate = ppm(20)},
          .leap = Leap::none,
          .stratum = 2,
          .refid = 1,
          .reference = UtcTime{1'799'999'000s},
          .dispersion_at = clocks.raw};
}

Nanos error_of(const fast_state& state, const ServedState& served, const SlewedClocks& clocks) {
  const fast_line& line = state.lines[state.generation & 1];
  const auto now = static_cast<std::uint64_t>(clocks.mono().since_zero.count());
  return from_wire(WireTime{fast_time_at(&line, now)}) - served.line.at(clocks.raw);
}

std::uint32_t dispersion_in(const fast_state& state) {
  const auto octets = std::as_bytes(std::span{state.lines[state.generation & 1].head});
  std::uint32_t value = 0;
  for (std::size_t i = 8; i < 12; ++i)
    value = value << 8 | std::to_integer<std::uint32_t>(octets[i]);
  return value;
}

class FastPath : public testing::Test {
 protected:
  void feed_and_pass(int times) {
    for (int i = 0; i < times; ++i) {
      feeder_.feed(served_, clocks_);
      clocks_.pass(fast_line_period);
    }
  }

  SlewedClocks clocks_;
  ServedState served_ = synchronised(clocks_);
  fast_state state_{};
  FastPathFeeder feeder_{state_};
};

TEST_F(FastPath, TheLineSaysUtcThroughAWholePeriodOfASteadySlew) {
  clocks_.slew = ppm(300);
  served_.system_rate = ppm(300);
  feed_and_pass(3);
  EXPECT_LT(std::chrono::abs(error_of(state_, served_, clocks_)), 10ns);
}

TEST_F(FastPath, ASlewThatTheClientRoleDoesNotKnowOfIsMeasured) {
  feed_and_pass(2);
  clocks_.slew = ppm(500);
  feed_and_pass(1);
  EXPECT_GT(std::chrono::abs(error_of(state_, served_, clocks_)), 10us) << "not seen yet";
  feed_and_pass(2);
  EXPECT_LT(std::chrono::abs(error_of(state_, served_, clocks_)), 20ns);
}

TEST_F(FastPath, HowFarALineWasOffGoesIntoTheNextOnesDispersion) {
  feed_and_pass(3);
  const std::uint32_t steady = dispersion_in(state_);
  clocks_.slew = ppm(2000);
  feed_and_pass(2);  // 125 us in a period: 8 units of 15 us
  EXPECT_GE(dispersion_in(state_), steady + 7);
  feed_and_pass(3);
  EXPECT_LE(dispersion_in(state_), steady + 1);
}

TEST_F(FastPath, TheSystemsClockIsSaidAsItIs) {
  served_.from_system_clock = true;
  clocks_.slew = ppm(100);
  feed_and_pass(2);
  const fast_line& line = state_.lines[state_.generation & 1];
  const auto now = static_cast<std::uint64_t>(clocks_.mono().since_zero.count());
  const UtcTime said = from_wire(WireTime{fast_time_at(&line, now)});
  EXPECT_LT(std::chrono::abs(said.since_zero - clocks_.read().system.since_zero), 10ns);
}

TEST_F(FastPath, ALineIsGoodForASecondAndSixteenAreWrittenInIt) {
  feeder_.feed(served_, clocks_);
  const fast_line& line = state_.lines[state_.generation & 1];
  EXPECT_EQ(line.valid_until - line.anchor, 1'000'000'000u);
  EXPECT_EQ(line.raw_minus_mono, 7'000'000'000u);
  EXPECT_FALSE(feeder_.is_due(clocks_.mono() + 62ms));
  EXPECT_TRUE(feeder_.is_due(clocks_.mono() + 63ms));
}

TEST_F(FastPath, ClocksThatCouldNotBeReadTogetherLeaveTheOldLine) {
  feed_and_pass(1);
  const std::uint64_t before = state_.generation;
  clocks_.window = 10us;
  feeder_.feed(served_, clocks_);
  EXPECT_EQ(state_.generation, before);
  EXPECT_TRUE(feeder_.is_due(clocks_.mono() + 6ms)) << "tried again soon";
}

TEST_F(FastPath, AnUnsynchronisedStateIsSaidSo) {
  served_.leap = Leap::unsynchronised;
  feeder_.feed(served_, clocks_);
  const auto octets = std::as_bytes(std::span{state_.lines[state_.generation & 1].head});
  EXPECT_EQ(std::to_integer<int>(octets[0]) >> 6, 3);
  EXPECT_EQ(std::to_integer<int>(octets[1]), 0);
}

}  // namespace
}  // namespace ntp
