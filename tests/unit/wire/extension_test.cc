// Where extension fields end and a MAC begins; the cases that chronyd was seen to answer or
// to leave unanswered.
#include "common/wire/extension.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace ntp {
namespace {

class Message {
 public:
  explicit Message(std::uint8_t version = 4) : version_{version} { octets_.resize(header_size); }

  Message& field(std::uint16_t type, std::size_t length) { return claim(type, length, length); }
  Message& claim(std::uint16_t type, std::size_t claimed, std::size_t length) {
    const std::size_t at = octets_.size();
    octets_.resize(at + length, std::byte{0xaa});
    Writer out{std::span{octets_}.subspan(at)};
    out.put(type);
    out.put(static_cast<std::uint16_t>(claimed));
    return *this;
  }
  Message& raw(std::size_t length, std::byte value = std::byte{1}) {
    octets_.resize(octets_.size() + length, value);
    return *this;
  }
  [[nodiscard]] Result<Tail, Malformed> split() const { return split_tail(octets_, version_); }

 private:
  std::uint8_t version_;
  std::vector<std::byte> octets_;
};

TEST(Tail, AHeaderAloneHasNeitherFieldsNorMac) {
  const auto tail = Message{}.split();
  ASSERT_TRUE(tail);
  EXPECT_TRUE(tail->extensions.empty());
  EXPECT_FALSE(tail->has_mac());
  EXPECT_EQ(tail->covered.size(), header_size);
}

TEST(Tail, TwentyToTwentyFourOctetsAreAMac) {
  for (const std::size_t size : {20, 24}) {
    const auto tail = Message{}.raw(size).split();
    ASSERT_TRUE(tail) << size;
    EXPECT_EQ(tail->mac.size(), size);
    EXPECT_EQ(tail->covered.size(), header_size);
  }
}

TEST(Tail, OtherShortRestsAreNothing) {
  for (const std::size_t size : {4, 8, 12, 16}) EXPECT_FALSE(Message{}.raw(size).split()) << size;
}

TEST(Tail, FourZeroOctetsAreACryptoNak) {
  const auto tail = Message{}.raw(4, std::byte{0}).split();
  ASSERT_TRUE(tail);
  EXPECT_TRUE(tail->crypto_nak);
  EXPECT_FALSE(Message{}.raw(4, std::byte{1}).split());
}

TEST(Tail, AFieldOf28StandsAloneAndOneOf16NeedsAMac) {
  EXPECT_TRUE(Message{}.field(0x2005, 28).split());
  EXPECT_FALSE(Message{}.field(0x2005, 16).split());
  const auto tail = Message{}.field(0x2005, 16).raw(20).split();
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->extensions.size(), 16u);
  EXPECT_EQ(tail->mac.size(), 20u);
  EXPECT_EQ(tail->covered.size(), header_size + 16);
}

TEST(Tail, AFieldThatLiesAboutItsLengthIsRefused) {
  EXPECT_FALSE(Message{}.claim(0x2005, 12, 28).split());   // under the least
  EXPECT_FALSE(Message{}.claim(0x2005, 30, 32).split());   // no multiple of 4
  EXPECT_FALSE(Message{}.claim(0x2005, 400, 32).split());  // beyond the end
  EXPECT_FALSE(Message{}.claim(0x2005, 0, 32).split());
}

TEST(Tail, VersionsUpTo3HaveAMacAndNoFields) {
  for (std::uint8_t version = 1; version <= 3; ++version) {
    const auto tail = Message{version}.raw(68).split();
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->mac.size(), 68u);
    EXPECT_TRUE(tail->extensions.empty());
    EXPECT_FALSE(Message{version}.raw(16).split());
    EXPECT_FALSE(Message{version}.raw(72).split());  // MS-SNTP's long form
  }
}

TEST(Extensions, AreWalkedInOrderWithWhatStoodBefore) {
  std::vector<std::byte> octets(header_size + 16 + 32 + 24);
  Writer out{std::span{octets}.subspan(header_size)};
  const std::array<std::byte, 8> value{std::byte{7}};
  write_extension(out, ExtensionType::unique_identifier, value);
  write_extension(out, ExtensionType::nts_cookie, value, 32);
  const auto tail = split_tail(octets, 4);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->mac.size(), 24u);
  std::size_t offset = 0;
  const auto first = next_extension(*tail, offset);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, 0x0104);
  EXPECT_EQ(first->value.size(), 12u);
  EXPECT_EQ(first->value[0], std::byte{7});
  EXPECT_EQ(first->before.size(), header_size);
  const auto second = next_extension(*tail, offset);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, 0x0204);
  EXPECT_EQ(second->value.size(), 28u);
  EXPECT_EQ(second->before.size(), header_size + 16);
  EXPECT_FALSE(next_extension(*tail, offset));
}

TEST(Extensions, WhateverIsSplitCanBeWalkedToItsEnd) {
  std::mt19937 random{5};
  int split = 0;
  for (int i = 0; i < 200000; ++i) {
    std::vector<std::byte> octets(header_size + 4 * (random() % 40));
    for (std::size_t at = header_size; at < octets.size(); ++at)
      octets[at] = static_cast<std::byte>(at % 4 == 2   ? 0
                                          : at % 4 == 3 ? 4 * (random() % 16)
                                                        : random());
    const auto tail = split_tail(octets, 4);
    if (!tail) continue;
    ++split;
    std::size_t offset = 0;
    while (const auto field = next_extension(*tail, offset))
      ASSERT_LE(field->value.data() + field->value.size(), octets.data() + octets.size());
    ASSERT_EQ(offset, tail->extensions.size());
    ASSERT_EQ(tail->covered.size() + tail->mac.size() + (tail->crypto_nak ? 4 : 0), octets.size());
  }
  EXPECT_GT(split, 1000);
}

}  // namespace
}  // namespace ntp
