// Key files: chrony's grammar, ntp.keys, and what a bad line costs.
#include "common/wire/key_file.h"

#include <gtest/gtest.h>

#include <string>

namespace ntp {
namespace {

using Warnings = std::vector<std::string>;

std::string secret_of(const KeyFile& file, std::uint32_t id) {
  const Key* key = file.keys.find(id);
  return key == nullptr ? "no key" : std::string(key->secret.begin(), key->secret.end());
}

KeyType type_of(const KeyFile& file, std::uint32_t id) {
  const Key* key = file.keys.find(id);
  return key == nullptr ? KeyType::whirlpool : key->type;
}

TEST(KeyFile, TypesNamesAndFormsAreChronys) {
  const auto file = parse_key_file(
      "# comment\n"
      "  ! another\n"
      "1 plaintextkey\n"
      "20 sha1 HEX:000102030405060708090a0b0c0d0e0f\r\n"
      "3 SHA3-256 ASCII:abcdefghijkl\n"
      "\n"
      "4294967295 AES128 HEX:2b7e151628aed2a6abf7158809cf4f3c\n"
      "5 MD5 short\n"
      "5 MD5 againagainagain",
      "keys");
  const KeyStore& keys = file.keys;
  EXPECT_EQ(keys.size(), 5u);
  ASSERT_NE(keys.find(1), nullptr);
  EXPECT_EQ(keys.find(1)->type, KeyType::md5);
  EXPECT_EQ(keys.find(20)->type, KeyType::sha1);
  EXPECT_EQ(keys.find(20)->bits(), 128);
  EXPECT_EQ(keys.find(3)->secret.size(), 12u);
  EXPECT_EQ(keys.find(4294967295)->type, KeyType::aes128);
  EXPECT_EQ(keys.find(2), nullptr);
  EXPECT_EQ(secret_of(file, 5), "short");
  EXPECT_EQ(file.warnings, (Warnings{"keys:8: key 5 has only 40 bits",
                                     "keys:9: key 5 repeated; the first is used"}));
}

TEST(KeyFile, ABadLineNamesFileAndLineAndWhatWouldBeRight) {
  const auto message_of = [](std::string_view text) {
    const auto file = parse_key_file(text, "/etc/keys");
    return file.warnings.empty() ? std::string{"accepted"} : file.warnings.back();
  };
  EXPECT_EQ(message_of("1 a\n\n0 MD5 x"), "/etc/keys:3: key ID 0 is not in 1 to 4294967295");
  EXPECT_EQ(message_of("1"), "/etc/keys:1: expected ID [TYPE] KEY");
  EXPECT_EQ(message_of("1 MD5 a b"), "/etc/keys:1: expected ID [TYPE] KEY");
  EXPECT_EQ(message_of("1 MD6 a"), "/etc/keys:1: unknown key type MD6; use AES128 or SHA256");
  EXPECT_EQ(message_of("1 MD5 HEX:0"), "/etc/keys:1: key is not ASCII:text, HEX:digits or text");
  EXPECT_EQ(message_of("1 MD5 HEX:+1"), "/etc/keys:1: key is not ASCII:text, HEX:digits or text");
  EXPECT_EQ(message_of("1 AES128 HEX:00"), "/etc/keys:1: AES128 key must have 16 octets, not 1");
  EXPECT_EQ(message_of("1 AES128 2b7e151628aed2a6abf7158809cf4f3c"),
            "/etc/keys:1: AES128 key must have 16 octets, not 32; digits are written HEX:digits");
  EXPECT_EQ(message_of("1 TIGER abc"),
            "/etc/keys:1: key type TIGER is not built in; use AES128 or SHA256");
  EXPECT_EQ(message_of("1 " + std::string(2048, 'x')), "/etc/keys:1: line is too long");
}

TEST(KeyFile, ABadLineSpoilsNoOther) {
  const auto file = parse_key_file(
      "5 MD5 a-good-long-key\n9 TIGER HEX:00\nfoo\n10 FOO bar\n11 SHA1 the-last-of-them", "kb");
  EXPECT_EQ(file.keys.size(), 2u);
  EXPECT_EQ(secret_of(file, 5), "a-good-long-key");
  EXPECT_EQ(secret_of(file, 11), "the-last-of-them");
  EXPECT_EQ(file.warnings, (Warnings{"kb:2: key type TIGER is not built in; use AES128 or SHA256",
                                     "kb:3: expected ID [TYPE] KEY",
                                     "kb:4: unknown key type FOO; use AES128 or SHA256"}));
  EXPECT_EQ(file.bad, (std::vector<std::uint32_t>{9, 10}));
}

TEST(KeyFile, NtpKeysAreTextUpToTwentyCharactersAndDigitsBeyond) {
  const auto file = parse_key_file(
      "1 SHA1 0102030405060708090a0b0c0d0e0f1011121314   # forty digits\n"
      "2 M 12345678901234567890\n"
      "3 AES-128 000102030405060708090a0b0c0d0e0f\n"
      "4 AES128CMAC 000102030405060708090a0b0c0d0e0f # and a comment\n"
      "5 md5 abcdefghijkl#mnop 192.0.2.1,192.0.2.2\n"
      "6 SHA256 " +
          std::string(80, '3') + "\n",
      "ntp.keys", KeyForm::ntp);
  EXPECT_EQ(file.warnings, Warnings{});
  EXPECT_EQ(secret_of(file, 1), "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24");
  EXPECT_EQ(type_of(file, 2), KeyType::md5);
  EXPECT_EQ(secret_of(file, 2), "12345678901234567890");
  EXPECT_EQ(type_of(file, 3), KeyType::aes128);
  EXPECT_EQ(type_of(file, 4), KeyType::aes128);
  EXPECT_EQ(secret_of(file, 4), secret_of(file, 3));
  EXPECT_EQ(secret_of(file, 5), "abcdefghijkl");
  EXPECT_EQ(secret_of(file, 6), std::string(32, '3'));
}

TEST(KeyFile, WithItsPrefixesALineIsChronysInNtpKeysToo) {
  const auto file = parse_key_file(
      "1 SHA1 HEX:30313233343536373839\n"
      "2 SHA1 ASCII:more-than-twenty#characters\n"
      "3 a-key-of-chronys\n"
      "4 SHA1\n"
      "5 SHA1 not-digits-but-over-twenty\n",
      "k", KeyForm::ntp);
  EXPECT_EQ(secret_of(file, 1), "0123456789");
  EXPECT_EQ(secret_of(file, 2), "more-than-twenty#characters");
  EXPECT_EQ(secret_of(file, 3), "a-key-of-chronys");
  EXPECT_EQ(file.warnings,
            (Warnings{"k:4: expected ID [TYPE] KEY",
                      "k:5: a key of over 20 characters is hexadecimal digits in pairs, or "
                      "ASCII:text"}));
}

TEST(KeyFile, NamesAndCommentsOfNtpKeysChangeNoLineOfChronys) {
  const auto file = parse_key_file(
      "1 M\n2 SHA1 #secret#of#ten\n3 M one-of-ntpds-names # said so\n"
      "4 SHA1 0102030405060708090a0b0c0d0e0f1011121314\n",
      "k");
  EXPECT_EQ(secret_of(file, 1), "M");
  EXPECT_EQ(secret_of(file, 2), "#secret#of#ten");
  EXPECT_EQ(type_of(file, 3), KeyType::md5);
  EXPECT_EQ(secret_of(file, 3), "one-of-ntpds-names");
  EXPECT_EQ(secret_of(file, 4), "0102030405060708090a0b0c0d0e0f1011121314");
  EXPECT_EQ(file.bad.size(), 0u);
}

TEST(KeyFile, TheLinesOfSomeKeysAreFoundAgain) {
  const std::string_view text = "# c\n1 MD5 HEX:nonsense\n 1 MD5 one\n2 two\n3 SHA1 three\r\n";
  const std::uint32_t ids[] = {3, 1};
  EXPECT_EQ(key_lines(text, ids), "1 MD5 one\n3 SHA1 three\n");
  EXPECT_EQ(key_lines(text, {}), "");
}

}  // namespace
}  // namespace ntp
