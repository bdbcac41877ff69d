// NTS in packets, in key establishment, and in our cookies.
#include <gtest/gtest.h>

#include <vector>

#include "common/wire/nts_cookie.h"
#include "common/wire/nts_records.h"

namespace ntp {
namespace {

constexpr SivKey key_of(int first) {
  SivKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(first + 3 * i);
  return key;
}
const NtsKeys association{.client_to_server = key_of(1), .server_to_client = key_of(2)};

Cookie cookie_of(int filler, std::size_t size = cookie_size) {
  Cookie cookie;
  EXPECT_TRUE(cookie.set(std::vector<std::byte>(size, static_cast<std::byte>(filler))));
  return cookie;
}

CookieKeys cookie_keys() {
  std::array<CookieSeed, 4> seeds{};
  for (std::size_t i = 0; i < seeds.size(); ++i)
    seeds[i].fill(static_cast<std::byte>(0x11 * (i + 1)));
  return make_cookie_keys(seeds);
}

class NtsPacket : public testing::Test {
 protected:
  std::array<std::byte, 1200> packet{};
  NtsIdentifier identifier{};
  SivNonce nonce{};
  std::size_t size = 0;

  void SetUp() override {
    identifier.fill(std::byte{0x5a});
    nonce.fill(std::byte{0x77});
    write_header({.mode = Mode::client, .transmit = {7}}, packet);
  }
  Tail tail() {
    const auto split = split_tail(Octets{packet}.first(size), 4);
    EXPECT_TRUE(split.has_value());
    return split.value_or(Tail{});
  }
  void ask(int placeholders) {
    size = write_nts_request(packet, identifier, cookie_of(9), placeholders,
                             association.client_to_server, nonce);
  }
  void answer(std::span<const Cookie> cookies, std::size_t length) {
    size =
        write_nts_answer(packet, identifier, cookies, association.server_to_client, nonce, length);
  }
};

TEST_F(NtsPacket, ARequestIsAsLongAsChronydsWithCookiesOfThatLength) {
  ask(0);
  EXPECT_EQ(size, 228u);
  ask(7);
  EXPECT_EQ(size, 956u);
}

TEST_F(NtsPacket, AServerReadsTheRequestAndOnlyTheRightKeyFitsIt) {
  ask(3);
  const auto request = read_nts_request(tail());
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->placeholders, 3);
  EXPECT_TRUE(std::ranges::equal(request->cookie, cookie_of(9).view()));
  EXPECT_TRUE(is_authentic(*request, association.client_to_server));
  EXPECT_FALSE(is_authentic(*request, association.server_to_client));
  packet[40] ^= std::byte{1};  // the transmit time is covered
  EXPECT_FALSE(is_authentic(*read_nts_request(tail()), association.client_to_server));
}

TEST_F(NtsPacket, APlaceholderOfAnotherLengthIsRefused) {
  std::size_t used = header_size;
  const auto put = [&](ExtensionType type, std::size_t length) {
    Writer out{WritableOctets{packet}.subspan(used)};
    write_extension(out, type, std::vector<std::byte>(length, std::byte{1}));
    used += out.written().size();
  };
  put(ExtensionType::unique_identifier, 32);
  put(ExtensionType::nts_cookie, 96);
  put(ExtensionType::nts_cookie_placeholder, 100);
  put(ExtensionType::nts_authenticator, 40);
  size = used;
  EXPECT_FALSE(read_nts_request(tail()).has_value());
}

TEST_F(NtsPacket, TheAnswerIsAsLongAsTheRequestAndBringsTheCookies) {
  const std::array cookies{cookie_of(1), cookie_of(2), cookie_of(3)};
  answer(cookies, 600);
  EXPECT_EQ(size, 600u);
  const auto opened = open_nts_answer(tail(), identifier, association.server_to_client);
  ASSERT_TRUE(opened.has_value());
  ASSERT_EQ(opened->count, 3);
  EXPECT_TRUE(std::ranges::equal(opened->cookies[2].view(), cookies[2].view()));
}

TEST_F(NtsPacket, CookiesThatDoNotFitAreLeftOut) {
  const std::array cookies{cookie_of(1), cookie_of(2)};
  answer(cookies, 228);
  EXPECT_EQ(size, 228u);
  EXPECT_EQ(open_nts_answer(tail(), identifier, association.server_to_client)->count, 1);
}

TEST_F(NtsPacket, AnAnswerToAnotherRequestOrByAnotherKeyIsRefused) {
  const std::array cookies{cookie_of(1)};
  answer(cookies, 228);
  NtsIdentifier other = identifier;
  other[31] ^= std::byte{1};
  EXPECT_EQ(open_nts_answer(tail(), other, association.server_to_client).error(),
            NtsRefusal::other_identifier);
  EXPECT_EQ(open_nts_answer(tail(), identifier, association.client_to_server).error(),
            NtsRefusal::unauthentic);
  packet[24] ^= std::byte{1};
  EXPECT_EQ(open_nts_answer(tail(), identifier, association.server_to_client).error(),
            NtsRefusal::unauthentic);
}

TEST_F(NtsPacket, WithoutCookiesOrAuthenticatorItIsNoAnswer) {
  answer({}, 228);
  EXPECT_EQ(open_nts_answer(tail(), identifier, association.server_to_client).error(),
            NtsRefusal::no_cookie);
  size = write_nts_nak(packet, identifier);
  EXPECT_EQ(size, 84u);
  EXPECT_EQ(open_nts_answer(tail(), identifier, association.server_to_client).error(),
            NtsRefusal::nak);
}

TEST(NtsRecords, OurRequestIsReadByOurServer) {
  const auto message = write_ke_request();
  EXPECT_TRUE(look_for_end(message).is_complete);
  const auto request = read_ke_request(message);
  ASSERT_TRUE(request.has_value());
  EXPECT_TRUE(request->has_ntpv4);
  EXPECT_TRUE(request->has_siv);
}

TEST(NtsRecords, OurResponseIsReadByOurClient) {
  KeResponse response{.server = "192.0.2.7", .port = 4123};
  for (int i = 0; i < 8; ++i) response.cookies.push_back(cookie_of(i));
  const auto message = write_ke_response({true, true}, response);
  const auto read = read_ke_response(message);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->server, "192.0.2.7");
  EXPECT_EQ(read->port, 4123);
  EXPECT_EQ(read->cookies.size(), 8u);
  EXPECT_TRUE(std::ranges::equal(read->cookies[7].view(), cookie_of(7).view()));
}

std::vector<std::byte> octets(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST(NtsRecords, TheServerRefusesWhatTheRfcForbids) {
  const auto error_of = [](std::initializer_list<int> values) {
    const auto request = read_ke_request(octets(values));
    return request ? -1 : static_cast<int>(request.error());
  };
  EXPECT_EQ(error_of({0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}), -1);
  EXPECT_EQ(error_of({0x80, 1, 0, 2, 0, 0, 0, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}), -1);
  EXPECT_EQ(error_of({0, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}), 1);  // not critical
  EXPECT_EQ(error_of({0x80, 1, 0, 2, 0, 0, 0x80, 0, 0, 0}), 1);                     // no AEAD
  EXPECT_EQ(error_of({0x80, 1, 0, 1, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}), 1);  // odd length
  EXPECT_EQ(error_of({0x80, 99, 0, 0, 0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}),
            0);  // unknown and critical
  EXPECT_EQ(error_of({0, 99, 0, 0, 0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0}), -1);
}

TEST(NtsRecords, AServerThatKnowsNothingInCommonSaysSoWithoutCookies) {
  const auto request =
      read_ke_request(octets({0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 16, 0x80, 0, 0, 0}));
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE(request->has_siv);
  EXPECT_FALSE(read_ke_response(write_ke_response(*request, {})).has_value());
}

TEST(NtsRecords, TheClientRefusesErrorsAndUnknownCriticalRecords) {
  EXPECT_FALSE(read_ke_response(write_ke_error(KeError::internal)).has_value());
  KeResponse response;
  response.cookies.push_back(cookie_of(1));
  auto message = write_ke_response({true, true}, response);
  const auto unknown = octets({0x80, 99, 0, 0});
  message.insert(message.begin(), unknown.begin(), unknown.end());
  EXPECT_FALSE(read_ke_response(message).has_value());
  message[0] = std::byte{0};
  EXPECT_TRUE(read_ke_response(message).has_value());
}

TEST(NtsRecords, NothingMayFollowTheEnd) {
  EXPECT_FALSE(look_for_end(octets({0x80, 0, 0})).is_complete);
  EXPECT_FALSE(look_for_end(octets({0x80, 0, 0})).is_hopeless);
  EXPECT_TRUE(look_for_end(octets({0x80, 0, 0, 0})).is_complete);
  EXPECT_TRUE(look_for_end(octets({0x80, 0, 0, 0, 1})).is_hopeless);
  EXPECT_TRUE(look_for_end(octets({0, 0, 0, 0})).is_hopeless);  // not critical
  EXPECT_TRUE(look_for_end(std::vector<std::byte>(20000)).is_hopeless);
}

TEST(NtsCookie, OnlyOurKeysOpenIt) {
  const CookieKeys keys = cookie_keys();
  SivNonce nonce{};
  nonce.fill(std::byte{3});
  Cookie cookie = make_cookie(keys, association, nonce);
  EXPECT_EQ(cookie.size, 100);
  const auto opened = open_cookie(keys, cookie.view());
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->client_to_server, association.client_to_server);
  EXPECT_EQ(opened->server_to_client, association.server_to_client);
  cookie.octets[60] ^= std::byte{1};
  EXPECT_FALSE(open_cookie(keys, cookie.view()).has_value());
  EXPECT_FALSE(open_cookie(keys, cookie.view().first(96)).has_value());
}

TEST(NtsCookie, ItLivesForTwoTurnsOfTheKeysAndNotForThree) {
  CookieKeys keys = cookie_keys();
  const Cookie cookie = make_cookie(keys, association, {});
  CookieSeed seed{};
  for (int turn = 1; turn <= 3; ++turn) {
    seed.fill(static_cast<std::byte>(0x80 + turn));
    rotate(keys, seed);
    EXPECT_EQ(open_cookie(keys, cookie.view()).has_value(), turn <= 2) << turn;
  }
}

TEST(NtsCookie, TheFileReadsBackAsItWasWritten) {
  CookieKeys keys = cookie_keys();
  rotate(keys, CookieSeed{});
  const std::string text = to_text(keys, 12.5);
  EXPECT_EQ(text.substr(0, 13), "NKS0\n15 12.5\n");
  const auto kept = parse_cookie_keys(text);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->age, 12.5);
  EXPECT_EQ(kept->keys.current, keys.current);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(kept->keys.keys[i].id, keys.keys[i].id);
    EXPECT_EQ(kept->keys.keys[i].key, keys.keys[i].key);
  }
  EXPECT_FALSE(parse_cookie_keys(text.substr(0, text.size() - 10)).has_value());
  EXPECT_FALSE(parse_cookie_keys("").has_value());
}

}  // namespace
}  // namespace ntp
