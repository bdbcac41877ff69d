// NTS keys as a text: what is written is read back, older by the time between, and nothing else.
#include "ntpd-net/kept_keys.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr SystemTime now{1'800'000'000s};

Cookie cookie_of(std::size_t size, int fill) {
  Cookie cookie;
  EXPECT_TRUE(cookie.set(std::vector<std::byte>(size, static_cast<std::byte>(fill))));
  return cookie;
}

std::vector<KeptKeys> two_sources() {
  KeptKeys one{.maker = {*parse_address("192.0.2.1"), 4460},
               .server = {*parse_address("192.0.2.9"), 123},
               .name = "time.example",
               .age = 1h,
               .cookies = {cookie_of(100, 7), cookie_of(104, 8)}};
  one.keys.client_to_server.fill(std::byte{0xa5});
  one.keys.server_to_client.fill(std::byte{0x5a});
  KeptKeys other = one;
  other.maker.address = other.server.address = *parse_address("2001:db8::1");
  other.cookies.resize(1);
  return {one, other};
}

std::size_t count_in(const std::string& text) {
  const auto read = parse_keys_text(text, now);
  return read ? read->size() : 0;
}

TEST(KeptKeysText, WhatIsWrittenIsReadBackAndIsOlder) {
  const auto read = parse_keys_text(keys_text(two_sources(), now - 30min), now);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  const KeptKeys &one = (*read)[0], want = two_sources()[0];
  EXPECT_EQ(one.maker, want.maker);
  EXPECT_EQ(one.server, want.server);
  EXPECT_EQ(one.name, want.name);
  EXPECT_EQ(one.age, Nanos{90min});
  EXPECT_EQ(one.keys.client_to_server, want.keys.client_to_server);
  EXPECT_EQ(one.keys.server_to_client, want.keys.server_to_client);
  ASSERT_EQ(one.cookies.size(), 2u);
  EXPECT_TRUE(std::ranges::equal(one.cookies[1].view(), want.cookies[1].view()));
  EXPECT_EQ((*read)[1].maker.address, *parse_address("2001:db8::1"));
}

TEST(KeptKeysText, NothingToKeepIsNoText) { EXPECT_EQ(keys_text({}, now), ""); }

TEST(KeptKeysText, ATextOfTheFutureIsWrong) {
  const std::string text = keys_text(two_sources(), now);
  EXPECT_TRUE(parse_keys_text(text, now).has_value());
  EXPECT_FALSE(parse_keys_text(text, now - 2s).has_value());
}

TEST(KeptKeysText, AWrongLineMakesTheWholeWrong) {
  const std::string good = keys_text(two_sources(), now);
  EXPECT_EQ(count_in(good), 2u);
  const auto changed = [&](std::string_view what, std::string_view into) {
    std::string text = good;
    text.replace(text.find(what), what.size(), into);
    return text;
  };
  EXPECT_EQ(count_in(changed("keys-1 1800000000", "keys-2 1800000000")), 0u);
  EXPECT_EQ(count_in(changed("source 192.0.2.1", "source nobody")), 0u);
  EXPECT_EQ(count_in(changed(" 4460 ", " 0 ")), 0u);
  EXPECT_EQ(count_in(changed(" 3600 ", " -1 ")), 0u);
  EXPECT_EQ(count_in(changed("a5a5", "a5a")), 0u);
  EXPECT_EQ(count_in(changed("a5a5", "A5a5")), 0u);
  EXPECT_EQ(count_in(changed("cookie 0707", "cookie +707")), 0u);
  EXPECT_EQ(count_in(changed("cookie 0707", "cookie 07")), 0u);
  EXPECT_EQ(count_in(changed("cookie 0707", "cake 0707")), 0u);
  EXPECT_EQ(count_in(good.substr(0, good.size() - 1)), 0u);
  EXPECT_EQ(count_in(good.substr(good.find('\n') + 1)), 0u);
}

TEST(KeptKeysText, NineCookiesAreTooMany) {
  auto sources = two_sources();
  sources[0].cookies.assign(8, cookie_of(100, 1));
  EXPECT_EQ(count_in(keys_text(sources, now)), 2u);
  sources[0].cookies.assign(9, cookie_of(100, 1));
  EXPECT_EQ(count_in(keys_text(sources, now)), 0u);
}

TEST(KeptKeysText, NeverGrowsBeyondItsRoom) {
  auto sources = std::vector<KeptKeys>(2000, two_sources()[0]);
  EXPECT_LE(keys_text(sources, now).size(), most_keys_text);
}

}  // namespace
}  // namespace ntp
