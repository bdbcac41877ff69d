// The columns that scripts read from refclocks.log.
#include "refclockd/log_rows.h"

#include <gtest/gtest.h>

namespace ntp::refclockd {
namespace {

constexpr SystemTime when{1'795'000'000s + 250ms};

// A clock that has taken one look, at 11:06:40.25.
Clock clock_with(RefclockSettings settings, const Look& look) {
  settings.refid = "PPS";
  Clock clock{settings, 0};
  History history;
  EXPECT_TRUE(take(clock, look, history, nullptr, 0));
  clock.looks_since_sample = 7;
  return clock;
}

TEST(LogRows, ALookHasItsNumberItsLeapAndBothOffsets) {
  const Look look{
      .raw = RawTime{4s}, .utc = {1'795'000'000s + 250ms + 490ns}, .leap = Leap::insert};
  const Clock clock =
      clock_with({.driver = RefclockDriver::shm, .offset = -500ns, .precision = 1us}, look);
  EXPECT_EQ(look_row(clock, look, when),
            "2026-11-18 11:06:40.250000 PPS     7 + 0  4.900000e-07 -1.000000e-08  1.000e-06");
}

TEST(LogRows, OfAPulseTheSecondIsNotTold) {
  const Look look{.raw = RawTime{4s}, .utc = {1s + 240ms}, .is_pulse = true};
  const Clock clock = clock_with({.precision = 1us}, look);
  EXPECT_EQ(look_row(clock, look, when),
            "2026-11-18 11:06:40.250000 PPS     7 N 1 -1.000000e-02 -1.000000e-02  1.000e-06");
}

TEST(LogRows, ASampleHasDashesForWhatIsALooksOnlyAndEndsInTheSameColumn) {
  const std::string row = sample_row({.reference_id = 0x50505300,
                                      .taken = {4s},
                                      .utc = {1'795'000'000s + 250ms - 674ns},
                                      .dispersion = 1us,
                                      .leap = Leap::insert},
                                     when);
  EXPECT_EQ(row, "2026-11-18 11:06:40.250000 PPS     - + -       -       -6.740000e-07  1.000e-06");
  EXPECT_EQ(row.size(), log_heading.size());
}

}  // namespace
}  // namespace ntp::refclockd
