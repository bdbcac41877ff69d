// Claims of common/base: text, octets, results.
#include "common/base/text.h"

#include <gtest/gtest.h>

#include <array>

#include "common/base/octets.h"
#include "common/base/result.h"

namespace ntp {
namespace {

TEST(SplitWords, FoldsRunsOfBlanks) {
  EXPECT_EQ(split_words("  server\t a  iburst \r\n"),
            (std::vector<std::string_view>{"server", "a", "iburst"}));
  EXPECT_TRUE(split_words(" \t ").empty());
}

TEST(ParseReal, RefusesInfinityNotANumberAndTrailingText) {
  EXPECT_EQ(parse_real("1e-3"), 1e-3);
  EXPECT_EQ(parse_real("+2.5"), 2.5);
  for (const auto* bad : {"", "inf", "nan", "1.0x", "--1"})
    EXPECT_EQ(parse_real(bad), std::nullopt) << bad;
}

TEST(ParseInteger, RefusesOverflow) {
  EXPECT_EQ(parse_integer<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_integer<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(parse_integer<int>("-6"), -6);
}

TEST(EditDistance, CountsASwapAsOneEdit) {
  EXPECT_EQ(edit_distance("iburst", "ibrust"), 1u);
  EXPECT_EQ(edit_distance("server", "servr"), 1u);
}

TEST(Octets, WhatIsWrittenIsReadBack) {
  std::array<std::byte, 7> room{};
  Writer out{room};
  out.put<std::uint16_t>(0x0123);
  out.put<std::uint32_t>(0x456789ab);
  out.zero(1);
  EXPECT_EQ(room[0], std::byte{0x01});
  Cursor in{room};
  EXPECT_EQ(in.take<std::uint16_t>(), 0x0123);
  EXPECT_EQ(in.take<std::uint32_t>(), 0x456789abu);
  EXPECT_EQ(in.remaining(), 1u);
  EXPECT_DEATH(in.skip(2), "internal error");
}

Result<int> half(int value) {
  if (value % 2 != 0) return failure("odd");
  return value / 2;
}
Result<int> quarter(int value) {
  const int first = NTP_TRY(half(value));
  return NTP_TRY(half(first));
}

TEST(NtpTry, PassesTheFirstErrorUp) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

}  // namespace
}  // namespace ntp
