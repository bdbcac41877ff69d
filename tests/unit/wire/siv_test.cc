// AES-SIV against published vectors and chronyd's usage: nonce as the last string before the text.
#include "common/wire/siv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ntp {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return out;
}

std::vector<std::byte> counting(int first, std::size_t count) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<std::byte>(first + static_cast<int>(i)));
  return out;
}

SivKey counting_key() {
  SivKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  return key;
}

std::vector<std::byte> sealed(const SivKey& key, Octets associated, Octets nonce, Octets plain) {
  std::vector<std::byte> out(plain.size() + siv_tag_size);
  siv_seal(key, associated, nonce, plain, out);
  return out;
}

TEST(Siv, AnEmptyTextIsATagAloneAsInEveryNtsRequest) {
  EXPECT_EQ(sealed(counting_key(), counting(0x80, 48), counting(0xa0, 16), {}),
            from_hex("199b11edf89b64414c130392217b4815"));
}

TEST(Siv, TheTagStandsBeforeTheCiphertext) {
  const auto out = sealed(counting_key(), counting(0x80, 48), counting(0xa0, 16), counting(0, 104));
  EXPECT_EQ((std::vector<std::byte>{out.begin(), out.begin() + 16}),
            from_hex("b3b4ba4d23f7a8b34717d87fc84f6c8e"));
  EXPECT_EQ((std::vector<std::byte>{out.begin() + 16, out.begin() + 32}),
            from_hex("b9203c0eea834e38dc9bcdfecd24c6dc"));
  EXPECT_EQ((std::vector<std::byte>{out.end() - 10, out.end()}), from_hex("0bf7456da54045f146f4"));
}

TEST(Siv, NothingAssociatedIsAStringOfItsOwn) {
  const auto out = sealed(counting_key(), {}, counting(0xa0, 16), counting(0, 64));
  EXPECT_EQ((std::vector<std::byte>{out.begin(), out.begin() + 16}),
            from_hex("1e432943570895b852366e3a81d5aa09"));
}

TEST(Siv, OneChangedBitAnywhereIsNoticed) {
  const auto associated = counting(0x80, 48), nonce = counting(0xa0, 16), plain = counting(0, 20);
  auto out = sealed(counting_key(), associated, nonce, plain);
  std::vector<std::byte> opened(plain.size());
  ASSERT_TRUE(siv_open(counting_key(), associated, nonce, out, opened));
  EXPECT_EQ(opened, plain);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] ^= std::byte{4};
    EXPECT_FALSE(siv_open(counting_key(), associated, nonce, out, opened)) << i;
    out[i] ^= std::byte{4};
  }
  auto other = associated;
  other[7] ^= std::byte{1};
  EXPECT_FALSE(siv_open(counting_key(), other, nonce, out, opened));
}

}  // namespace
}  // namespace ntp
