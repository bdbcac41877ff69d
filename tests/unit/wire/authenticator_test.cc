// MACs against digests made by other programs (Python's hashlib, openssl mac), the cut at 20
// octets.
#include "common/wire/authenticator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/base/text.h"

namespace ntp {
namespace {

std::vector<std::uint8_t> octets_of(std::string_view hex) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(*parse_integer<std::uint8_t>(hex.substr(i, 2), 16));
  return out;
}

std::vector<std::byte> message() {
  std::vector<std::byte> octets(48);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = std::byte(i);
  return octets;
}

std::string hex_of(Octets octets) {
  std::string hex;
  for (const std::byte octet : octets)
    for (const unsigned digit :
         {std::to_integer<unsigned>(octet) >> 4, std::to_integer<unsigned>(octet) & 15})
      hex.push_back("0123456789abcdef"[digit]);
  return hex;
}

Key hash_key(KeyType type) {
  const std::string_view secret = "secretkey";
  return {.id = 7, .type = type, .secret = {secret.begin(), secret.end()}};
}

struct Vector {
  KeyType type;
  std::string_view digest;
};

const Vector hash_vectors[] = {
    {KeyType::md5, "eb430020d958a47f1cfe5206568f6d1e"},
    {KeyType::sha1, "e0c20e09cbcab3d9e311dccbffa4d412bb743f7d"},
    {KeyType::sha256, "0e0d85038ffa43c44f1a40785a02f0a8d5ca5684380dbc96a460e9acbce4052e"},
    {KeyType::sha384,
     "2251f5f2a1eb9fd946d7a37061457b673383abe334fcf996db606c1706773930af6af4d01cda28170733265e3bd65"
     "d16"},
    {KeyType::sha512,
     "c38cd7f650fbab8877ea4e5546583865f388eb696802cd7561029608d7bebf74691beb09f8dffce4ddeab587e1506"
     "786f9f89db9032616811ea20eb8308b0f35"},
    {KeyType::sha3_224, "544b5a9d74c08d8511d0c3fed475de3226e3637633f7a46aec6bd62c"},
    {KeyType::sha3_256, "a7a4e9499d337c8a869d06d094e57294881cd39800067a5b3c32cfe54773dc9a"},
    {KeyType::sha3_384,
     "3583b51207858d4e146e8f38cbcb349df07b58eb506ea7329e0b3643e65f9fe5609c448329d3daf68c4bdab0952f3"
     "2d7"},
    {KeyType::sha3_512,
     "57e9ad072f8568aafb491eac862e6c9d7389aa434557863d6d1aa42cfea8d545513b13b580c1d78675e77864bd6b9"
     "408b441a426ded5ee83c86035b35fdb6f72"},
};

TEST(Mac, VersionThreeCarriesTheWholeDigestOfKeyAndMessage) {
  for (const auto& [type, digest] : hash_vectors)
    EXPECT_EQ(hex_of(make_mac(hash_key(type), message(), 3).view()),
              "00000007" + std::string{digest});
}

TEST(Mac, VersionFourCutsAtTwentyOctets) {
  for (const auto& [type, digest] : hash_vectors)
    EXPECT_EQ(hex_of(make_mac(hash_key(type), message(), 4).view()),
              "00000007" + std::string{digest.substr(0, 40)});
}

TEST(Mac, AesIsCmac) {
  const Key aes128{1, KeyType::aes128, octets_of("2b7e151628aed2a6abf7158809cf4f3c")};
  const Key aes256{1, KeyType::aes256,
                   octets_of("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")};
  EXPECT_EQ(hex_of(make_mac(aes128, message(), 4).view()),
            "00000001b46dd8856c4fee713a9243e917f1fdb7");
  EXPECT_EQ(hex_of(make_mac(aes256, message(), 4).view()),
            "000000010c00787f59088fb8343d8597f6650bc5");
}

TEST(Mac, EveryFlippedBitIsNoticed) {
  const Key key = hash_key(KeyType::sha1);
  const auto covered = message();
  Mac mac = make_mac(key, covered, 4);
  ASSERT_TRUE(is_authentic(key, covered, mac.view(), 4));
  for (std::size_t bit = 0; bit < mac.size * 8; ++bit) {
    mac.octets[bit / 8] ^= std::byte(1u << bit % 8);
    EXPECT_FALSE(is_authentic(key, covered, mac.view(), 4)) << bit;
    mac.octets[bit / 8] ^= std::byte(1u << bit % 8);
  }
  auto other = covered;
  other[5] ^= std::byte{1};
  EXPECT_FALSE(is_authentic(key, other, mac.view(), 4));
}

TEST(Mac, AnotherLengthIsNeverAuthentic) {
  const Key key = hash_key(KeyType::sha512);
  const Mac whole = make_mac(key, message(), 3);
  EXPECT_TRUE(is_authentic(key, message(), whole.view(), 3));
  EXPECT_FALSE(is_authentic(key, message(), whole.view(), 4));
  EXPECT_FALSE(is_authentic(key, message(), whole.view().first(24), 3));
  EXPECT_TRUE(is_authentic(key, message(), whole.view().first(24), 4));
}

TEST(Mac, AClientWithALongDigestSpeaksVersionThree) {
  EXPECT_EQ(natural_version(KeyType::md5), 4);
  EXPECT_EQ(natural_version(KeyType::sha1), 4);
  EXPECT_EQ(natural_version(KeyType::aes256), 4);
  EXPECT_EQ(natural_version(KeyType::sha256), 3);
}

}  // namespace
}  // namespace ntp
