// The command columns of `clients`, and cmdratelimit.
#include "ntpd-net/command_clients.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

const Address first = *parse_address("192.0.2.1"), second = *parse_address("2001:db8::1");
constexpr RawTime start{5000s};

TEST(CommandClients, AreCountedEachByItself) {
  CommandClients clients{{}};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(clients.take(first, start + i * 1s, false));
  EXPECT_TRUE(clients.take(second, start, false));
  const auto found = clients.list(first, start + 10s);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->hits, 3u);
  EXPECT_EQ(found->drops, 0u);
  EXPECT_EQ(found->last, start + 2s);
  EXPECT_FALSE(clients.list(*parse_address("192.0.2.2"), start));
}

TEST(CommandClients, AListingNamesEachOnceAndTheNextOneBeginsAnew) {
  CommandClients clients{{}};
  for (const Address& each : {first, second}) EXPECT_TRUE(clients.take(each, start, false));
  const auto others = [&] {
    std::vector<Address> found;
    for (std::size_t i = 0; i < CommandClients::places; ++i)
      if (const auto report = clients.list_at(i, start)) found.push_back(report->address);
    return found;
  };
  ASSERT_TRUE(clients.list(first, start));
  EXPECT_EQ(others(), std::vector{second});
  clients.begin_listing();
  EXPECT_EQ(others().size(), 2u);
}

TEST(CommandClients, TheLimitMeetsOthersAndNotThisMachine) {
  CommandClients clients{{.enabled = true, .interval = 4, .burst = 2, .leak = 4}};
  int answered = 0, ours = 0;
  for (int i = 0; i < 100; ++i) {
    answered += clients.take(first, start, false);
    ours += clients.take(ipv4_loopback, start, true);
  }
  EXPECT_LT(answered, 40) << "the burst, and one in sixteen of the rest";
  EXPECT_EQ(ours, 100);
  EXPECT_EQ(clients.list(first, start)->drops, 100u - static_cast<unsigned>(answered));
  EXPECT_EQ(clients.list(ipv4_loopback, start)->drops, 0u);
}

}  // namespace
}  // namespace ntp
