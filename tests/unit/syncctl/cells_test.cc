// How values read, at the borders between their units.
#include "syncctl/cells.h"

#include <gtest/gtest.h>

#include <limits>

namespace ntp::syncctl {
namespace {

TEST(Age, IsFourColumnsWideAndChangesItsUnitWhereChronyDoes) {
  EXPECT_EQ(age_text(control::never_ago), "   -");
  EXPECT_EQ(age_text(0), "   0");
  EXPECT_EQ(age_text(1199), "1199");
  EXPECT_EQ(age_text(1200), " 20m");
  EXPECT_EQ(age_text(35999), "599m");
  EXPECT_EQ(age_text(36000), " 10h");
  EXPECT_EQ(age_text(345599), " 95h");
  EXPECT_EQ(age_text(345600), "  4d");
  EXPECT_EQ(age_text(86400U * 999), "999d");
  EXPECT_EQ(age_text(86400U * 1000), "  2y");
}

TEST(Offset, ChangesItsUnitBeforeItNeedsAFifthDigit) {
  EXPECT_EQ(offset_text(Seconds{0}, Sign::always), "   +0ns");
  EXPECT_EQ(offset_text(Seconds{9999.4e-9}, Sign::always), "+9999ns");
  EXPECT_EQ(offset_text(Seconds{9999.6e-9}, Sign::always), "  +10us");
  EXPECT_EQ(offset_text(Seconds{-3322e-9}, Sign::always), "-3322ns");
  EXPECT_EQ(offset_text(Seconds{-58.5e-6}, Sign::always), "  -58us");
  EXPECT_EQ(offset_text(Seconds{4.0}, Sign::never), "4000ms");
  EXPECT_EQ(offset_text(Seconds{9.9994}, Sign::never), "9999ms");
  EXPECT_EQ(offset_text(Seconds{9.9996}, Sign::never), " 10.0s");
  EXPECT_EQ(offset_text(Seconds{999.4}, Sign::never), "999.4s");
  EXPECT_EQ(offset_text(Seconds{999.6}, Sign::never), " 1000s");
  EXPECT_EQ(offset_text(Seconds{-99999}, Sign::always), "-99999s");
  EXPECT_EQ(offset_text(Seconds{100000}, Sign::always), " +1667m");
  EXPECT_EQ(offset_text(Seconds{1e30}, Sign::never).back(), 'y');
}

TEST(Offset, IsAbsoluteInSixColumnsAndSignedInCsv) {
  const Cell cell = offset_cell("error", Seconds{-0.0123}, Sign::never);
  EXPECT_EQ(cell.text, "  12ms");
  EXPECT_EQ(cell.csv, "-0.012300000");
  EXPECT_EQ(std::get<double>(cell.value), -0.0123);
}

TEST(Ppm, HasTenColumns) {
  EXPECT_EQ(ppm_text(ppm(0), Sign::always), "    +0.000");
  EXPECT_EQ(ppm_text(ppm(2000), Sign::when_negative), "  2000.000");
  EXPECT_EQ(ppm_text(ppm(99999.6), Sign::when_negative), "    100000");
}

TEST(Date, IsUtcInTheWordsOfC) {
  EXPECT_EQ(date_text(UtcTime{}), "Thu Jan 01 00:00:00 1970");
  EXPECT_EQ(date_text(UtcTime{1795419063s}), "Mon Nov 23 07:31:03 2026");
  EXPECT_EQ(date_cell("t", UtcTime{1795419063s + 5ns}).csv, "1795419063.000000005");
}

TEST(Refid, ShowsOnlyWhatCanBePrinted) {
  EXPECT_EQ(refid_text(0x47505300), "GPS");
  EXPECT_EQ(refid_text(0x7f7f0101), "");
  EXPECT_EQ(refid_cell("r", 0xcf404dc8).text, "CF404DC8");
}

TEST(Leap, HasAWordAndALetterAndKnowsNonsense) {
  EXPECT_EQ(leap_word(1), "Insert second");
  EXPECT_EQ(leap_word(9), "Invalid");
  EXPECT_EQ(leap_letter_cell("l", 3).text, "?");
  EXPECT_EQ(leap_letter_cell("l", 2).csv, "Delete second");
}

TEST(Interval, IsADashWhenUnknown) {
  EXPECT_EQ(interval_cell("i", 127).text, " -");
  EXPECT_EQ(interval_cell("i", 127).csv, "127");
  EXPECT_EQ(interval_cell("i", -4).text, "-4");
}

}  // namespace
}  // namespace ntp::syncctl
