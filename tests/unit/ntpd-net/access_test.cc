// chrony's allow and deny, rule by rule.
#include "ntpd-net/access.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace ntp {
namespace {

class Access : public ::testing::Test {
 protected:
  AccessChange rule(bool allow, std::string_view subnet, bool all = false) {
    const Subnet parsed = subnet.empty() ? Subnet{} : parse_subnet(subnet).value();
    return list_.change({.allow = allow, .all = all, .subnet = parsed});
  }
  AccessChange allow(std::string_view subnet, bool all = false) { return rule(true, subnet, all); }
  AccessChange deny(std::string_view subnet, bool all = false) { return rule(false, subnet, all); }
  bool allowed(std::string_view address) const {
    return is_allowed(*page_, parse_address(address).value());
  }

  std::unique_ptr<AccessPage> page_ = std::make_unique<AccessPage>();
  AccessList list_{*page_};
};

TEST_F(Access, NobodyIsAllowedWithoutARule) {
  EXPECT_FALSE(allowed("127.0.0.1"));
  EXPECT_FALSE(allowed("::1"));
  EXPECT_FALSE(is_allowed(*page_, Address{}));
  EXPECT_FALSE(list_.allows_anybody(Family::ipv4));
}

TEST_F(Access, NewRulesInsteadOfAllOldOnesOrNone) {
  EXPECT_EQ(allow("192.0.2.0/24"), AccessChange::done);
  const AccessRule other{.allow = true, .subnet = *parse_subnet("198.51.100.0/24")};
  EXPECT_EQ(list_.replace({&other, 1}), AccessChange::done);
  EXPECT_FALSE(allowed("192.0.2.1"));
  EXPECT_TRUE(allowed("198.51.100.1"));
  const AccessRule unknown{.allow = true, .host = "nobody.example"};
  EXPECT_EQ(list_.replace({&unknown, 1}), AccessChange::bad_subnet);
  EXPECT_TRUE(allowed("198.51.100.1"));
}

TEST_F(Access, ASubnetAllowsItsOwnOnly) {
  EXPECT_EQ(allow("192.168.43.0/24"), AccessChange::done);
  EXPECT_TRUE(allowed("192.168.43.0"));
  EXPECT_TRUE(allowed("192.168.43.255"));
  EXPECT_FALSE(allowed("192.168.42.255"));
  EXPECT_FALSE(allowed("192.168.44.0"));
  EXPECT_FALSE(allowed("::ffff:192.168.43.1"));
  EXPECT_TRUE(list_.allows_anybody(Family::ipv4));
  EXPECT_FALSE(list_.allows_anybody(Family::ipv6));
}

TEST_F(Access, ABareAllowIsBothFamilies) {
  EXPECT_EQ(allow(""), AccessChange::done);
  EXPECT_TRUE(allowed("1.2.3.4"));
  EXPECT_TRUE(allowed("2001:db8::1"));
  EXPECT_TRUE(list_.allows_anybody(Family::ipv6));
}

TEST_F(Access, ZeroSlashZeroIsIpv4Only) {
  EXPECT_EQ(allow("0/0"), AccessChange::done);
  EXPECT_TRUE(allowed("1.2.3.4"));
  EXPECT_FALSE(allowed("2001:db8::1"));
}

TEST_F(Access, TheOrderOfNestedRulesDoesNotMatter) {
  EXPECT_EQ(deny("1.2.3"), AccessChange::done);
  EXPECT_EQ(allow("1.2"), AccessChange::done);
  EXPECT_TRUE(allowed("1.2.4.1"));
  EXPECT_FALSE(allowed("1.2.3.1"));
  EXPECT_FALSE(allowed("1.3.3.1"));
}

TEST_F(Access, AllWipesTheRulesBelowIt) {
  EXPECT_EQ(deny("1.2.3"), AccessChange::done);
  EXPECT_EQ(allow("1.2", true), AccessChange::done);
  EXPECT_TRUE(allowed("1.2.3.1"));
  EXPECT_EQ(deny("1.2.3"), AccessChange::done);
  EXPECT_FALSE(allowed("1.2.3.1"));
}

TEST_F(Access, DenyAllWipesEverythingInBothFamilies) {
  EXPECT_EQ(allow("1.2.3.4"), AccessChange::done);
  EXPECT_EQ(allow("2001:db8::/32"), AccessChange::done);
  EXPECT_EQ(deny("", true), AccessChange::done);
  EXPECT_FALSE(allowed("1.2.3.4"));
  EXPECT_FALSE(allowed("2001:db8::1"));
}

// A /6 stands at four nodes of the second level, where it replaces what a /8 said there
// before: chrony's tree does the same.
TEST_F(Access, AnUnevenLengthReplacesOlderRulesAtItsLevel) {
  EXPECT_EQ(deny("10.0.0.0/8"), AccessChange::done);
  EXPECT_EQ(allow("8.0.0.0/6"), AccessChange::done);
  EXPECT_TRUE(allowed("10.1.1.1"));
  EXPECT_TRUE(allowed("11.255.255.255"));
  EXPECT_FALSE(allowed("12.0.0.0"));
  EXPECT_EQ(deny("10.0.0.0/8"), AccessChange::done);
  EXPECT_FALSE(allowed("10.1.1.1"));
}

TEST_F(Access, ASingleHostCountsToTheLastBit) {
  EXPECT_EQ(allow("2001:db8::5"), AccessChange::done);
  EXPECT_EQ(allow("10.0.0.7/31"), AccessChange::done);
  EXPECT_TRUE(allowed("2001:db8::5"));
  EXPECT_FALSE(allowed("2001:db8::4"));
  EXPECT_TRUE(allowed("10.0.0.6"));
  EXPECT_TRUE(allowed("10.0.0.7"));
  EXPECT_FALSE(allowed("10.0.0.8"));
}

TEST_F(Access, ImpossiblePrefixesAreRefused) {
  EXPECT_EQ(list_.change({.allow = true, .subnet = {ipv4_any, 33}}), AccessChange::bad_subnet);
  EXPECT_EQ(list_.change({.allow = true, .subnet = {ipv6_any, 129}}), AccessChange::bad_subnet);
  EXPECT_EQ(list_.change({.allow = true, .subnet = {Address{}, 1}}), AccessChange::bad_subnet);
}

TEST_F(Access, ANameThatNobodyResolvedAllowsNobody) {
  EXPECT_EQ(list_.change({.allow = true, .host = "friend.example"}), AccessChange::bad_subnet);
  EXPECT_FALSE(allowed("192.0.2.1"));
  EXPECT_EQ(
      list_.change(
          {.allow = true, .subnet = {ipv4_address(0xc0000201), 32}, .host = "friend.example"}),
      AccessChange::done);
  EXPECT_TRUE(allowed("192.0.2.1"));
  EXPECT_FALSE(allowed("192.0.2.2"));
}

TEST_F(Access, AFullTreeRefusesTheRuleAndKeepsTheRest) {
  std::mt19937 random{1};
  EXPECT_EQ(allow("10.0.0.1"), AccessChange::done);
  std::vector<AccessRule> rules;
  for (int i = 0; i < 3000; ++i) {
    Address address{.family = Family::ipv6};
    for (auto& octet : address.octets) octet = static_cast<std::uint8_t>(random());
    rules.push_back({.allow = true, .subnet = {address, 128}});
  }
  EXPECT_EQ(list_.change_all(rules), AccessChange::no_room);
  EXPECT_TRUE(allowed("10.0.0.1"));
  EXPECT_EQ(deny("10.0.0.1"), AccessChange::done);
  EXPECT_FALSE(allowed("10.0.0.1"));
}

// The tree against a plain list that is searched from its end: for rules of even length the
// longest match counts, and the newest of equals.
TEST_F(Access, TheTreeAgreesWithASearchForTheLongestMatch) {
  std::mt19937 random{2};
  std::vector<AccessRule> rules;
  for (int i = 0; i < 300; ++i) {
    const auto prefix = static_cast<std::uint8_t>(4 * (random() % 5));
    const std::uint32_t bits = random() & 0xffff'0000;
    const Subnet subnet{ipv4_address(prefix == 0 ? 0 : bits >> (32 - prefix) << (32 - prefix)),
                        prefix};
    rules.push_back({.allow = random() % 2 == 0, .subnet = subnet});
    ASSERT_EQ(list_.change(rules.back()), AccessChange::done);
  }
  for (int i = 0; i < 20000; ++i) {
    const Address address = ipv4_address(static_cast<std::uint32_t>(random()));
    int best = -1;
    bool expected = false;
    for (const AccessRule& rule : rules) {
      if (!rule.subnet.contains(address) || rule.subnet.prefix < best) continue;
      best = rule.subnet.prefix;
      expected = rule.allow;
    }
    ASSERT_EQ(is_allowed(*page_, address), expected) << to_text(address);
  }
}

TEST_F(Access, GarbageInThePageNeitherHangsNorLeavesThePage) {
  std::mt19937 random{3};
  for (auto& tree : page_->trees) {
    tree.root_ipv4 = static_cast<std::uint32_t>(random());
    tree.root_ipv6 = static_cast<std::uint32_t>(random());
    for (auto& node : tree.nodes)
      for (auto& child : node.children) child = static_cast<std::uint32_t>(random());
  }
  int answered = 0;
  for (int i = 0; i < 10000; ++i) {
    Address address{.family = i % 2 == 0 ? Family::ipv4 : Family::ipv6};
    const std::size_t used = i % 2 == 0 ? 4 : 16;
    for (std::size_t k = 0; k < used; ++k) address.octets[k] = static_cast<std::uint8_t>(random());
    answered += is_allowed(*page_, address) ? 1 : 0;
  }
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, 10000);
}

}  // namespace
}  // namespace ntp
