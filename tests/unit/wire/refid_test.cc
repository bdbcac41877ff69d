// Identifiers as RFC 5905 makes them.
#include "common/wire/refid.h"

#include <gtest/gtest.h>

#include <array>

namespace ntp {
namespace {

TEST(RefId, NamesAreLeftJustified) {
  EXPECT_EQ(refid_of_name("GPS"), 0x47505300u);
  EXPECT_EQ(refid_of_name("RATE"), 0x52415445u);
  EXPECT_EQ(refid_name(0x47505300u), "GPS");
  EXPECT_EQ(refid_name(0x7f7f0101u), "");
}

TEST(RefId, AnIpv4AddressIsItself) {
  const std::array address{std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}};
  EXPECT_EQ(refid_of_address(address), 0xc0000201u);
}

TEST(RefId, AnIpv6AddressIsTheStartOfItsMd5) {
  std::array<std::byte, 16> loopback{};
  loopback[15] = std::byte{1};
  EXPECT_EQ(refid_of_address(loopback), 0xcf404dc8u);  // md5sum of fifteen 0 and a 1
}

TEST(Kiss, OnlyStratum0Kisses) {
  EXPECT_EQ(kiss_of(0, kiss_rate), Kiss::rate);
  EXPECT_EQ(kiss_of(0, refid_of_name("DENY")), Kiss::deny);
  EXPECT_EQ(kiss_of(0, refid_of_name("RSTR")), Kiss::restrict);
  EXPECT_EQ(kiss_of(0, refid_of_name("NTSN")), Kiss::nts_nak);
  EXPECT_EQ(kiss_of(0, refid_of_name("XYZ")), Kiss::other);
  EXPECT_EQ(kiss_of(1, kiss_rate), Kiss::none);
}

}  // namespace
}  // namespace ntp
