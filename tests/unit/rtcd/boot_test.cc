// The first guess: what the clock is set to before anybody has asked a time server.
#include "rtcd/boot.h"

#include <gtest/gtest.h>

namespace ntp::rtcd {
namespace {

constexpr UtcTime truth{Nanos{1'795'000'000s}};  // 2026-11-18

BootFacts machine(Nanos system_error, std::optional<Nanos> rtc_error) {
  BootFacts facts{.system = {truth.since_zero + system_error}};
  if (rtc_error) {
    facts.rtc = RtcReading{.shown = truth + *rtc_error, .system = facts.system, .uncertainty = 1ms};
  }
  return facts;
}

TEST(Boot, AClockIn1970GetsTheTimeOfTheRtc) {
  const auto decision = decide(machine(-truth.since_zero + 20s, 0s));
  EXPECT_EQ(decision.guess, Guess::from_rtc);
  EXPECT_EQ(decision.advance, truth.since_zero - 20s);
  EXPECT_NE(decision.why.find("System clock set from the RTC to 2026-11-18"), std::string::npos)
      << decision.why;
}

TEST(Boot, AClockThatIsPossibleIsLeftAloneUnlessAskedFor) {
  BootFacts facts = machine(-3s, 0s);
  EXPECT_EQ(decide(facts).guess, Guess::leave);
  facts.always = true;
  EXPECT_EQ(decide(facts).guess, Guess::from_rtc);
  EXPECT_EQ(decide(facts).advance, 3s);
  facts = machine(-999ms, 0s);
  facts.always = true;
  EXPECT_EQ(decide(facts).guess, Guess::leave);
}

TEST(Boot, WithoutAnRtcTheSavedTimeIsWhereTimeStarts) {
  BootFacts facts = machine(-truth.since_zero, std::nullopt);
  facts.saved = truth - 1h;
  const auto decision = decide(facts);
  EXPECT_EQ(decision.guess, Guess::from_saved);
  EXPECT_EQ(decision.advance, truth.since_zero - 1h);
}

TEST(Boot, NeitherRtcNorSavedTimeStartsIn2025) {
  const auto decision = decide(machine(-truth.since_zero, std::nullopt));
  EXPECT_EQ(decision.guess, Guess::from_saved);
  EXPECT_EQ(decision.advance, least_time.since_zero);
}

TEST(Boot, ARtcThatFellBackBehindTheSavedTimeIsRefusedInOneLine) {
  BootFacts facts = machine(-truth.since_zero, -30 * 24h);
  facts.saved = truth - 1h;
  const auto decision = decide(facts);
  EXPECT_EQ(decision.guess, Guess::from_saved);
  EXPECT_EQ(decision.advance, truth.since_zero - 1h);
  EXPECT_NE(decision.why.find(
                "RTC shows 2026-10-19 11:06:40 UTC: refused, that is before the last saved time"),
            std::string::npos)
      << decision.why;
  EXPECT_EQ(decision.why.find('\n'), std::string::npos);
}

TEST(Boot, TheAbsurdRtcValuesAreRefusedByName) {
  const auto reading = [](UtcTime shown, bool low = false) {
    return RtcReading{.shown = shown, .system = {}, .uncertainty = 1ms, .low_battery = low};
  };
  const UtcTime in_2099{std::chrono::sys_days{std::chrono::year{2099} / 1 / 1}.time_since_epoch()};
  EXPECT_EQ(doubt(reading(UtcTime{0s}), {}), RtcDoubt::too_old);
  EXPECT_EQ(doubt(reading(in_2099), {}), RtcDoubt::too_far);
  EXPECT_EQ(doubt(reading(in_2099), truth), RtcDoubt::too_far);
  EXPECT_EQ(doubt(reading(truth + longest_absence + 1s), truth), RtcDoubt::too_far);
  EXPECT_EQ(doubt(reading(truth, true), {}), RtcDoubt::low_battery);
  EXPECT_EQ(doubt(reading(truth - 3s), truth), RtcDoubt::before_saved);
  EXPECT_EQ(doubt(reading(truth - 1s), truth), RtcDoubt::none);
  EXPECT_EQ(doubt(reading(truth + 24h * 365), truth), RtcDoubt::none);
}

TEST(Boot, ARefusedRtcIsSaidEvenWhenTheClockIsFine) {
  const auto decision = decide(machine(0s, -truth.since_zero));
  EXPECT_EQ(decision.guess, Guess::leave);
  EXPECT_NE(decision.why.find("refused, that is before 2025"), std::string::npos);
}

TEST(Boot, AWeekOffIsCorrectedByTheMeasuredDrift) {
  // 20 ppm fast for a week: 12.096 s ahead, and 0.3 s ahead when it was measured.
  BootFacts facts = machine(12'396ms, 12'396ms);
  facts.line = RtcLine{.reference = truth - 24h * 7, .error = 300ms, .rate = ppm(20)};
  facts.saved = truth - 24h * 7;
  const auto decision = decide(facts);
  EXPECT_EQ(decision.guess, Guess::from_rtc);
  EXPECT_LT(std::chrono::abs(decision.advance + 12'396ms), 2ms);
  facts.is_first_of_boot = false;
  EXPECT_EQ(decide(facts).guess, Guess::leave);
}

TEST(Boot, ASynchronisedClockIsNeverTouched) {
  BootFacts facts = machine(-truth.since_zero, 0s);
  facts.is_synchronised = true;
  facts.always = true;
  EXPECT_EQ(decide(facts).guess, Guess::leave);
}

TEST(Boot, TheClockNeverStartsBeforeTheSavedTimeWhateverTheRtcDrifts) {
  BootFacts facts = machine(-truth.since_zero, -1s);  // within the leeway, but before
  facts.saved = truth;
  const auto decision = decide(facts);
  EXPECT_EQ(facts.system.since_zero + decision.advance, truth.since_zero);
}

}  // namespace
}  // namespace ntp::rtcd
