// One source's cookies, keys and waits, against a server that is a few calls away.
#include "ntpd-net/nts_client.h"

#include <gtest/gtest.h>

#include "common/wire/nts_cookie.h"
#include "common/wire/refid.h"

namespace ntp {
namespace {

class NtsClientTest : public testing::Test {
 protected:
  NtsClient client{{ipv4_loopback, 4460}, 1000s};
  MonotonicTime now{100s};
  NtsKeys keys{};
  std::array<std::byte, 1200> packet{};
  std::size_t size = 0;
  NtsIdentifier identifier{};
  std::uint8_t requests = 0;

  void SetUp() override {
    keys.client_to_server.fill(std::byte{1});
    keys.server_to_client.fill(std::byte{2});
  }
  static Cookie cookie(int filler) {
    Cookie made;
    EXPECT_TRUE(made.set(std::vector<std::byte>(100, static_cast<std::byte>(filler))));
    return made;
  }
  void establish(int cookies) {
    client.note_asked(1, now);
    std::vector<Cookie> list;
    for (int i = 0; i < cookies; ++i) list.push_back(cookie(i));
    client.take_keys(keys, list, now);
  }
  NtsRequest ask() {
    identifier.fill(std::byte{++requests});
    write_header({.mode = Mode::client, .transmit = {7}}, packet);
    size = client.write_request(packet, identifier, {});
    const auto tail = split_tail(Octets{packet}.first(size), 4);
    return read_nts_request(*tail).value_or(NtsRequest{});
  }
  bool answer(int cookies) {
    std::vector<Cookie> list;
    for (int i = 0; i < cookies; ++i) list.push_back(cookie(100 + i));
    const Header header{.mode = Mode::server, .stratum = 1};
    write_header(header, packet);
    size = write_nts_answer(packet, identifier, list, keys.server_to_client, {}, 1092);
    return client.take_answer(header, *split_tail(Octets{packet}.first(size), 4), now);
  }
  bool disown() {
    const Header nak{.leap = Leap::unsynchronised,
                     .mode = Mode::server,
                     .stratum = 0,
                     .refid = refid_of_name("NTSN")};
    write_header(nak, packet);
    size = write_nts_nak(packet, identifier);
    return client.take_answer(nak, *split_tail(Octets{packet}.first(size), 4), now);
  }
};

TEST_F(NtsClientTest, WithoutKeysNothingIsReadyAndKeysMayBeAskedForAtOnce) {
  EXPECT_FALSE(client.is_ready(now));
  EXPECT_TRUE(client.may_establish(now));
  client.note_asked(7, now);
  EXPECT_FALSE(client.may_establish(now + 1s));
  EXPECT_TRUE(client.is_waiting_for(7));
  EXPECT_TRUE(client.may_establish(now + 30s));  // the nts role died with the question
}

TEST_F(NtsClientTest, EachCookieIsUsedOnceAndPlaceholdersAskForTheMissingOnes) {
  establish(8);
  EXPECT_EQ(ask().placeholders, 0);
  EXPECT_EQ(client.cookies(), 7u);
  EXPECT_EQ(ask().placeholders, 1);  // the first answer never came
  EXPECT_TRUE(answer(2));
  EXPECT_EQ(client.cookies(), 8u);
  EXPECT_EQ(client.attempts(), 0u);
}

TEST_F(NtsClientTest, WithoutCookiesKeysAreMadeAnew) {
  establish(1);
  ASSERT_TRUE(client.is_ready(now));
  (void)ask();
  EXPECT_FALSE(client.is_ready(now));
}

TEST_F(NtsClientTest, AnAnswerCountsOnce) {
  establish(8);
  (void)ask();
  EXPECT_TRUE(answer(1));
  EXPECT_FALSE(answer(1));
}

TEST_F(NtsClientTest, ANakIsObeyedOnlyIfNoValidAnswerComesAfterIt) {
  establish(8);
  (void)ask();
  EXPECT_FALSE(disown());
  EXPECT_TRUE(answer(1));
  EXPECT_TRUE(client.is_ready(now));
  (void)ask();
  EXPECT_FALSE(disown());
  EXPECT_EQ(client.naks(), 1u);
  EXPECT_FALSE(client.is_ready(now));
}

TEST_F(NtsClientTest, KeysThatAreTooOldAreMadeAnew) {
  establish(8);
  EXPECT_TRUE(client.is_ready(now + 999s));
  EXPECT_FALSE(client.is_ready(now + 1000s));
}

TEST_F(NtsClientTest, FailuresAreFollowedByLongerAndLongerWaits) {
  client.note_asked(1, now);
  client.take_failure(KeFailure::unreachable, now);
  EXPECT_EQ(client.next_try() - now, 16s);
  client.note_asked(2, now);
  client.take_failure(KeFailure::unreachable, now);
  EXPECT_EQ(client.next_try() - now, 32s);
  client.note_asked(3, now);
  client.take_failure(KeFailure::refused, now);
  EXPECT_EQ(client.next_try() - now, 4096s);
  for (std::uint32_t i = 0; i < 100; ++i) client.note_asked(i, now);
  client.take_failure(KeFailure::refused, now);
  EXPECT_EQ(client.next_try() - now, 524288s);
}

}  // namespace
}  // namespace ntp
