// What the process that sets the clock believes of the record that a hostile asker sends.
#include "ntpdate/verdict.h"

#include <gtest/gtest.h>

#include <random>

namespace ntp::ntpdate {
namespace {

constexpr Reading before{.raw = {1000s}, .system = {Nanos{1'795'000'000s}}};
constexpr Reading now{.raw = {1003s}, .system = {Nanos{1'795'000'003s}}};

Verdict honest(Nanos offset) {
  return {.offset_ns = offset.count(),
          .bound_ns = 1'000'000,
          .measured_raw_ns = Nanos{1002s}.count(),
          .server = ipv4_address(0xc0a82b65)};
}

TEST(Verdict, HalfASecondIsSteppedAndLessIsSlewed) {
  EXPECT_FALSE(judge(honest(499'999'999ns), Manner::by_size, before, now)->step);
  EXPECT_TRUE(judge(honest(500ms), Manner::by_size, before, now)->step);
  EXPECT_TRUE(judge(honest(-500ms), Manner::by_size, before, now)->step);
}

TEST(Verdict, TheOperatorsMannerBeatsTheSize) {
  EXPECT_TRUE(judge(honest(1us), Manner::step, before, now)->step);
  EXPECT_FALSE(judge(honest(100s), Manner::slew, before, now)->step);
}

TEST(Verdict, ATimeBefore2025OrAfter2106IsNeverSet) {
  const Nanos back = least_time.since_zero - now.system.since_zero;
  EXPECT_TRUE(judge(honest(back), Manner::step, before, now));
  EXPECT_EQ(judge(honest(back - 1ns), Manner::step, before, now).error(),
            Unbelievable::absurd_time);
  const Nanos ahead = most_time.since_zero - now.system.since_zero;
  EXPECT_TRUE(judge(honest(ahead), Manner::step, before, now));
  EXPECT_EQ(judge(honest(ahead + 1ns), Manner::step, before, now).error(),
            Unbelievable::absurd_time);
}

TEST(Verdict, AMachineThatStartsIn1970CanBeSetForwards) {
  const Reading early{.raw = {10s}, .system = {10s}};
  const Reading later{.raw = {13s}, .system = {13s}};
  Verdict verdict = honest(Nanos{1'795'000'000s});
  verdict.measured_raw_ns = Nanos{12s}.count();
  EXPECT_TRUE(judge(verdict, Manner::by_size, early, later));
}

TEST(Verdict, AForeignStepMeanwhileVoidsTheOffset) {
  Reading moved = now;
  moved.system += 2s;
  EXPECT_EQ(judge(honest(1s), Manner::by_size, before, moved).error(), Unbelievable::clock_moved);
}

TEST(Verdict, AMeasurementFromBeforeOrFromTheFutureIsRefused) {
  Verdict verdict = honest(1s);
  verdict.measured_raw_ns = Nanos{999s}.count();
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::bad_age);
  verdict.measured_raw_ns = Nanos{1004s}.count();
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::bad_age);
}

TEST(Verdict, EveryReservedOctetAndTheFamilyCount) {
  Verdict verdict = honest(1ms);
  verdict.zero[11] = 1;
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::not_a_verdict);
  verdict = honest(1ms);
  verdict.server.octets[4] = 1;  // beyond an IPv4 address
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::not_a_verdict);
  verdict = honest(1ms);
  verdict.server.family = static_cast<Family>(7);
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::not_a_verdict);
  verdict = honest(1ms);
  verdict.bound_ns = -1;
  EXPECT_EQ(judge(verdict, Manner::by_size, before, now).error(), Unbelievable::bad_bound);
}

TEST(Verdict, RandomOctetsWithTheRightMagicNeverLeaveTheRange) {
  std::mt19937_64 random{7};
  int believed = 0;
  for (int i = 0; i < 200'000; ++i) {
    Verdict verdict = honest(Nanos{static_cast<std::int64_t>(random()) >> (random() % 40)});
    if (random() % 2) verdict.bound_ns = static_cast<std::int64_t>(random());
    if (random() % 2) verdict.measured_raw_ns = static_cast<std::int64_t>(random());
    const auto order = judge(verdict, Manner::by_size, before, now);
    if (!order) continue;
    ++believed;
    const Nanos target = now.system.since_zero + order->offset;
    ASSERT_GE(target, least_time.since_zero);
    ASSERT_LE(target, most_time.since_zero);
  }
  EXPECT_GT(believed, 100);
}

}  // namespace
}  // namespace ntp::ntpdate
