// The header's octets, the fixed point formats, and what is no header.
#include "common/wire/header.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "common/base/text.h"

namespace ntp {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::vector<std::byte> octets(std::string_view hex) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(std::byte{*parse_integer<std::uint8_t>(hex.substr(i, 2), 16)});
  return out;
}

UtcTime at(std::int64_t seconds, std::int64_t nanos = 0) {
  return {Nanos{seconds * second + nanos}};
}

TEST(Header, EveryFieldStandsWhereRfc5905PutsIt) {
  const auto datagram = octets(
      "e4"
      "02"
      "fa"
      "e9"
      "00010203"
      "04050607"
      "47505300"
      "83aa7e8000000000"
      "0102030405060708"
      "1112131415161718"
      "2122232425262728");
  ASSERT_EQ(datagram.size(), header_size);
  const auto header = parse_header(datagram);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->leap, Leap::unsynchronised);
  EXPECT_EQ(header->version, 4);
  EXPECT_EQ(header->mode, Mode::server);
  EXPECT_EQ(header->stratum, 2);
  EXPECT_EQ(header->poll_log2, -6);
  EXPECT_EQ(header->precision_log2, -23);
  EXPECT_EQ(header->root_delay, 0x00010203u);
  EXPECT_EQ(header->root_dispersion, 0x04050607u);
  EXPECT_EQ(header->refid, 0x47505300u);
  EXPECT_EQ(header->reference, WireTime{0x83aa7e8000000000});
  EXPECT_EQ(header->origin, WireTime{0x0102030405060708});
  EXPECT_EQ(header->receive, WireTime{0x1112131415161718});
  EXPECT_EQ(header->transmit, WireTime{0x2122232425262728});
}

TEST(Header, WhatIsWrittenReadsBackTheSame) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 2000; ++i) {
    std::array<std::byte, header_size> datagram;
    for (std::byte& each : datagram) each = static_cast<std::byte>(random());
    const auto header = parse_header(datagram);
    ASSERT_TRUE(header);
    std::array<std::byte, header_size> written;
    write_header(*header, written);
    ASSERT_EQ(written, datagram);
    ASSERT_EQ(*parse_header(written), *header);
  }
}

TEST(Header, LengthsThatNoMessageHasAreRefusedByName) {
  std::vector<std::byte> datagram(2000);
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    const auto header = parse_header(Octets{datagram}.first(size));
    if (size < 48) EXPECT_EQ(header.error(), Malformed::short_datagram) << size;
    else if (size % 4 != 0) EXPECT_EQ(header.error(), Malformed::ragged_length) << size;
    else if (size > most_datagram) EXPECT_EQ(header.error(), Malformed::long_datagram) << size;
    else EXPECT_TRUE(header) << size;
  }
}

TEST(WireTime, TheUnixEpochIs83aa7e80) {
  EXPECT_EQ(to_wire(at(0)), WireTime{0x83aa7e8000000000});
  EXPECT_EQ(from_wire({0x83aa7e8000000000}), at(0));
}

TEST(WireTime, HalfASecondIsTheTopBitOfTheFraction) {
  EXPECT_EQ(to_wire(at(10, second / 2)).bits & 0xffffffff, 0x80000000u);
}

TEST(WireTime, EveryNanosecondSurvivesTheWire) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 20000; ++i) {
    const UtcTime time{
        Nanos{static_cast<std::int64_t>(random() % (UINT64_C(4294967296) * second))}};
    ASSERT_EQ(from_wire(to_wire(time)), time) << time.since_zero.count();
  }
  EXPECT_EQ(from_wire(to_wire(at(5, second - 1))), at(5, second - 1));
}

TEST(WireTime, TheEraChangeOf2036IsOnlyASecondAfterTheOneBefore) {
  const UtcTime change = at(2085978496);
  const UtcTime before = change - 1s;
  EXPECT_EQ(to_wire(before).bits >> 32, 0xffffffffu);
  EXPECT_EQ(to_wire(change + 1s).bits >> 32, 1u);
  EXPECT_EQ(from_wire(to_wire(before)), before);
  EXPECT_EQ(from_wire(to_wire(change + 1s)), change + 1s);
}

TEST(WireTime, TheEraChangeItselfIsNotSentAsUnknown) {
  const WireTime change = to_wire(at(2085978496));
  EXPECT_FALSE(change.is_zero());
  EXPECT_EQ(from_wire(change), at(2085978496));
}

TEST(WireTime, APivotMovesTheWindow) {
  const WireTime wire = to_wire(at(2085978496 + 10));
  EXPECT_EQ(from_wire(wire, at(3000000000)), at(2085978496 + 10 + (INT64_C(1) << 32)));
}

TEST(WireTime, TimesBefore1970ReadAsTheFar) {
  EXPECT_EQ(from_wire(to_wire(at(-1))), at((INT64_C(1) << 32) - 1));
}

TEST(ShortFormat, BoundsAreRoundedUpAndNeverWrap) {
  EXPECT_EQ(to_short(Nanos{0}), 0u);
  EXPECT_EQ(to_short(Nanos{-5}), 0u);
  EXPECT_EQ(to_short(Nanos{1}), 1u);
  EXPECT_EQ(to_short(1s), 0x10000u);
  EXPECT_EQ(to_short(1s + Nanos{1}), 0x10001u);
  EXPECT_EQ(to_short(Nanos{65535} * second), 0xffff0000u);
  EXPECT_EQ(to_short(Nanos{65536} * second), UINT32_MAX);
  EXPECT_EQ(to_short(Nanos{INT64_MAX}), UINT32_MAX);
}

TEST(ShortFormat, RereadingKeepsTheValue) {
  std::mt19937 random{3};
  for (int i = 0; i < 20000; ++i) {
    const auto value = static_cast<std::uint32_t>(random());
    ASSERT_EQ(to_short(from_short(value)), value);
  }
  EXPECT_EQ(to_short(from_short(UINT32_MAX)), UINT32_MAX);
}

TEST(Precision, TheOctetIsNeverFinerThanTheClock) {
  EXPECT_EQ(to_precision(1s), 0);
  EXPECT_EQ(to_precision(1us), -19);
  EXPECT_EQ(to_precision(10ns), -26);
  EXPECT_EQ(from_precision(-26), Nanos{14});
  EXPECT_EQ(from_precision(-128), Nanos{1});
  EXPECT_EQ(from_precision(127), from_precision(30));
}

}  // namespace
}  // namespace ntp
