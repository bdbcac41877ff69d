// The protocol's floats, addresses, instants and names, against vectors seen on the wire.
#include "common/control/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace ntp::control {
namespace {

struct Vector {
  double value;
  std::uint32_t word;
};
constexpr std::array vectors{
    Vector{0.0, 0x00000000},       Vector{1.0, 0x04800000},       Vector{-1.0, 0x03000000},
    Vector{0.5, 0x02800000},       Vector{0.1, 0xfccccccd},       Vector{3.0, 0x06c00000},
    Vector{4.0, 0x08800000},       Vector{10.0, 0x0aa00000},      Vector{100.0, 0x10c80000},
    Vector{2000.0, 0x18fa0000},    Vector{1e-9, 0xc889705f},      Vector{-1e-9, 0xc9768fa1},
    Vector{1234.5678, 0x189a522b}, Vector{-0.000123, 0xeb7f0670}, Vector{1e30, 0x7effffff},
    Vector{-1e30, 0x7f000000},
};

TEST(ControlFloat, EncodesAsChronyDoes) {
  for (const auto& [value, word] : vectors) EXPECT_EQ(encode_float(value), word) << value;
}

TEST(ControlFloat, DecodesToTheValueWithinItsPrecision) {
  for (const auto& [value, word] : vectors) {
    if (std::fabs(value) > 1e20) continue;  // saturated
    EXPECT_NEAR(decode_float(word), value, std::fabs(value) * 1e-7) << value;
  }
}

TEST(ControlFloat, WhatIsNoNumberBecomesZero) {
  EXPECT_EQ(encode_float(std::numeric_limits<double>::quiet_NaN()), 0u);
  EXPECT_EQ(encode_float(1e-200), 0u);
  EXPECT_EQ(encode_float(1e-40), 0u);
}

TEST(ControlFloat, InfinitySaturates) {
  EXPECT_EQ(encode_float(std::numeric_limits<double>::infinity()), 0x7effffffu);
  EXPECT_EQ(encode_float(-std::numeric_limits<double>::infinity()), 0x7f000000u);
}

TEST(ControlFloat, EveryWordDecodesToAFiniteNumberThatEncodesBackToItself) {
  for (std::uint64_t word = 0; word <= 0xffffffff; word += 65'521) {
    const double value = decode_float(static_cast<std::uint32_t>(word));
    ASSERT_TRUE(std::isfinite(value));
    ASSERT_DOUBLE_EQ(decode_float(encode_float(value)), value) << word;
  }
}

template <typename T>
T round_trip(const T& value) {
  std::array<std::byte, wire_size<T>> octets{};
  Writer out{octets};
  encode(value, out);
  EXPECT_EQ(out.remaining(), 0u);
  Cursor in{octets};
  return decode<T>(in);
}

TEST(ControlAddress, SurvivesTheWireInEveryFamily) {
  for (const auto& address :
       {SourceAddress{}, SourceAddress{.address = ipv4_address(0xc0a82b65)},
        SourceAddress{.address = ipv6_loopback}, SourceAddress{.id = 7}, SourceAddress{.id = 0}}) {
    EXPECT_EQ(round_trip(address), address);
  }
}

TEST(ControlAddress, IsTwentyOctetsWithTheFamilyAtSixteen) {
  std::array<std::byte, wire_size<SourceAddress>> octets{};
  Writer out{octets};
  encode(SourceAddress{.address = ipv4_address(0x01020304)}, out);
  ASSERT_EQ(octets.size(), 20u);
  EXPECT_EQ(octets[0], std::byte{1});
  EXPECT_EQ(octets[3], std::byte{4});
  EXPECT_EQ(octets[17], std::byte{1});
}

TEST(ControlAddress, AnUnknownFamilyReadsAsNoAddress) {
  std::array<std::byte, 20> octets{};
  octets[0] = std::byte{9};
  octets[17] = std::byte{77};
  Cursor in{octets};
  EXPECT_FALSE(decode<SourceAddress>(in).is_set());
}

TEST(ControlTime, SurvivesTheWireOnBothSidesOf1970) {
  for (const std::int64_t ns :
       {0LL, 1'700'000'000'123'456'789LL, -1LL, -1'000'000'000LL, 9'000'000'000'000'000'000LL}) {
    EXPECT_EQ(round_trip(UtcTime{Nanos{ns}}).since_zero.count(), ns);
  }
}

TEST(ControlTime, TheMarkOfA32BitClockReadsAsEraZero) {
  std::array<std::byte, 12> octets{};
  Writer out{octets};
  out.put(std::uint32_t{0x7fffffff});
  out.put(std::uint32_t{1'000'000'000});
  out.put(std::uint32_t{5});
  Cursor in{octets};
  EXPECT_EQ(decode<UtcTime>(in).since_zero, 1'000'000'000s + 5ns);
}

TEST(ControlTime, NonsenseIsClampedNotOverflowed) {
  std::array<std::byte, 12> octets{};
  Writer out{octets};
  out.put(std::uint32_t{0x7ffffffe});
  out.put(std::uint32_t{0xffffffff});
  out.put(std::uint32_t{0xffffffff});
  Cursor in{octets};
  EXPECT_EQ(decode<UtcTime>(in).since_zero, 9'200'000'000s + 999'999'999ns);
}

TEST(ControlName, IsCutBeforeItsLastOctet) {
  const Name name = name_of(std::string(300, 'x'));
  EXPECT_TRUE(name.has_end());
  EXPECT_EQ(name.text().size(), 255u);
  EXPECT_EQ(round_trip(name), name);
}

TEST(ControlRate, TravelsInPartsPerMillion) {
  EXPECT_NEAR(round_trip(ppm(-12.5)).ppm(), -12.5, 1e-6);
}

}  // namespace
}  // namespace ntp::control
