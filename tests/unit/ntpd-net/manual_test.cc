// Time by hand: the line through what people said, and the commands around it.
#include "ntpd-net/manual_input.h"

#include <gtest/gtest.h>

#include "ntpd-net/command.h"
#include "ntpd-net/report.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

using control::Command;
using control::Status;

TEST(ManualTime, OneSettingGivesTheOffsetAndKeepsTheKnownRate) {
  ManualTime manual;
  manual.take({{1000s}, {2000s + 3s}, {}}, {2000s});
  const auto fit = manual.fit({1010s}, ppm(12));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->line.rate.ppm(), 12, 1e-9);
  EXPECT_NEAR(to_seconds(fit->line.at({1000s}) - UtcTime{2000s}), 0, 1e-6);
  EXPECT_EQ(manual.all()[0].original, 3s);
  EXPECT_GE(fit->line.bound, 1s);
}

TEST(ManualTime, TwoSettingsADayApartGiveTheDrift) {
  ManualTime manual;
  manual.take({{1000s}, {2000s}, {}}, {2000s});
  // The oscillator lost 2.592 s in the day: 30 ppm.
  manual.take({{87400s - 2592ms}, {88400s}, {}}, {88400s});
  const auto fit = manual.fit({87400s}, {});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->line.rate.ppm(), 30, 0.5);  // chrony: 30 exactly; the prior takes 1 % off
  EXPECT_LT(fit->skew.ppm(), 20);
}

TEST(ManualTime, TwoSettingsAMinuteApartSayNothingOfTheDrift) {
  ManualTime manual;
  manual.take({{1000s}, {2000s}, {}}, {2000s});
  manual.take({{1060s}, {2060s}, {}}, {2061s});  // a slow finger: 16,000 ppm, if it were believed
  EXPECT_LT(abs(manual.fit({1060s}, {})->line.rate).ppm(), 1);
}

TEST(ManualTime, TheSeventeenthSettingTakesTheFirstsPlace) {
  ManualTime manual;
  for (int i = 0; i < 17; ++i) manual.take({{1000s + i * 1h}, {}, {}}, {2000s + i * 1h});
  ASSERT_EQ(manual.all().size(), 16u);
  EXPECT_EQ(manual.all()[0].utc, (UtcTime{2000s + 1h}));
  EXPECT_TRUE(manual.remove(0));
  EXPECT_FALSE(manual.remove(15));
  EXPECT_EQ(manual.all()[0].utc, (UtcTime{2000s + 2h}));
}

class ManualCommands : public testing::Test {
 protected:
  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon = make_daemon(clocks, "manual\nlocal stratum 8\n");

  Status say(Command command, control::RequestBody body) {
    return obey(*daemon, {.command = command, .length = 520, .body = std::move(body)});
  }
  auto set(Nanos ahead) { return set_time(*daemon, {.time = {clocks.system.since_zero + ahead}}); }
  EstimateRecord handed() {
    auto ring = EstimateReader::trust(Fd{::dup(daemon->passage.clock.ring().number())}, 1);
    return ring.latest().value_or(EstimateRecord{});
  }
};

TEST_F(ManualCommands, SettimeHandsClockdALineAndServesItAsLocal) {
  const auto answer = set(-10s);
  ASSERT_TRUE(answer);
  EXPECT_NEAR(answer->offset.count(), 10, 1e-6);
  const EstimateRecord record = handed();
  EXPECT_EQ(record.sequence, 1u);
  EXPECT_EQ(record.leap, Leap::none);
  EXPECT_NEAR(to_seconds(record.line.at(clocks.raw).since_zero - clocks.system.since_zero), -10,
              1e-6);
  EXPECT_EQ(report_tracking(*daemon).stratum, 8);
}

TEST_F(ManualCommands, WithoutManualNothingIsTaken) {
  EXPECT_EQ(say(Command::manual, control::Option{0}), Status::success);
  EXPECT_FALSE(set(1s));
  EXPECT_FALSE(report_manual(*daemon));
  EXPECT_EQ(say(Command::manual, control::Option{1}), Status::success);
  EXPECT_TRUE(set(1s));
}

TEST_F(ManualCommands, TheListShowsWhatWasSaidAndDeleteTakesItBack) {
  (void)set(-10s);
  clocks.pass(24h);
  (void)set(-13s);
  auto list = report_manual(*daemon);
  ASSERT_EQ(list->samples, 2u);
  EXPECT_NEAR(list->slots[0].original_offset.count(), 10, 1e-6);
  EXPECT_NEAR(list->slots[1].original_offset.count(), 13, 1e-6);
  EXPECT_NEAR(list->slots[1].residual.count(), 0, 0.05);
  EXPECT_NEAR(daemon->reference.combined->line.rate.ppm(), -3.0 / 86400 * 1e6, 0.5);
  EXPECT_EQ(say(Command::manual_delete, control::Index{0}), Status::success);
  EXPECT_EQ(say(Command::manual_delete, control::Index{1}), Status::bad_sample);
  EXPECT_EQ(report_manual(*daemon)->samples, 1u);
  EXPECT_EQ(say(Command::manual, control::Option{2}), Status::success);
  EXPECT_EQ(report_manual(*daemon)->samples, 0u);
}

TEST_F(ManualCommands, ASelectedSourceIsNotOverruled) {
  EXPECT_EQ(say(Command::add_source, control::AddSource{}), Status::invalid_name);
  auto both = make_daemon(clocks, "manual\nserver 192.0.2.1 iburst\n");
  for (int i = 0; i < 6; ++i) {
    feed_sample(*both, clocks, 0, 0s);
    clocks.pass(2s);
  }
  ASSERT_TRUE(both->reference.is_current);
  const UtcTime before = both->reference.combined->line.at(clocks.raw);
  ASSERT_TRUE(set_time(*both, {.time = {clocks.system.since_zero + 5s}}));
  EXPECT_EQ(both->reference.combined->line.at(clocks.raw), before);
}

}  // namespace
}  // namespace ntp
