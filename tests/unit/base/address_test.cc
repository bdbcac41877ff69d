// Claims of common/base/address: what is an address, what is a subnet, what is inside.
#include "common/base/address.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

TEST(Address, IsReadAndPrintedBack) {
  for (const auto* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::1", "fe80::1"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_text(*address), text);
  }
  EXPECT_EQ(to_text(ipv4_loopback), "127.0.0.1");
  EXPECT_EQ(ipv4_bits(ipv4_loopback), 0x7f000001u);
  EXPECT_EQ(to_text(Address{}), "");
}

TEST(Address, NothingElseIsOne) {
  for (const auto* text :
       {"", "192.0.2", "192.0.2.1 ", "192.0.2.256", "host", "[::1]", "::1%lo", "1:2", "0x7f.1"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string(100, ':')));
}

TEST(Endpoint, PutsBracketsAroundIpv6) {
  EXPECT_EQ(to_text(Endpoint{ipv4_loopback, 123}), "127.0.0.1:123");
  EXPECT_EQ(to_text(Endpoint{ipv6_loopback, 123}), "[::1]:123");
}

TEST(Subnet, TakesEveryFormOfChrony) {
  const std::pair<const char*, const char*> forms[] = {{"192.0.2.1", "192.0.2.1/32"},
                                                       {"192.0.2.77/24", "192.0.2.0/24"},
                                                       {"1.2.3", "1.2.3.0/24"},
                                                       {"1.2", "1.2.0.0/16"},
                                                       {"10", "10.0.0.0/8"},
                                                       {"0/0", "0.0.0.0/0"},
                                                       {"10/12", "10.0.0.0/12"},
                                                       {"::/0", "::/0"},
                                                       {"2001:db8:ffff::/33", "2001:db8:8000::/33"},
                                                       {"::1", "::1/128"}};
  for (const auto& [text, expected] : forms) {
    const auto subnet = parse_subnet(text);
    ASSERT_TRUE(subnet) << text;
    EXPECT_EQ(to_text(*subnet), expected);
  }
  for (const auto* text : {"", "/8", "10/33", "::/129", "1.2.3.4.5", "1..2", "300", "10/", "10/-1",
                           "host/8", "1.+2"}) {
    EXPECT_FALSE(parse_subnet(text)) << text;
  }
}

TEST(Subnet, ContainsItsOwnFamilyOnly) {
  EXPECT_TRUE(parse_subnet("10/8")->contains(*parse_address("10.255.0.1")));
  EXPECT_FALSE(parse_subnet("10/8")->contains(*parse_address("11.0.0.1")));
  EXPECT_FALSE(parse_subnet("0/0")->contains(*parse_address("::1")));
  EXPECT_TRUE(Subnet{}.contains(*parse_address("::1")));
  EXPECT_TRUE(Subnet{}.contains(*parse_address("10.0.0.1")));
}

}  // namespace
}  // namespace ntp
