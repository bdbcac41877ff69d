// Counters, their names and chrony's sums.
#include "ntpd-net/server_counters.h"

#include <gtest/gtest.h>

#include <set>

namespace ntp {
namespace {

TEST(Counters, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count_kinds; ++i) names.insert(name_of(static_cast<Count>(i)));
  EXPECT_EQ(names.size(), count_kinds);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(name_of(Count::send_path_nanos), "send path");
}

TEST(Counters, HitsAreRequestsFromThoseWhoMayAsk) {
  CounterPage first, second;
  first.add(Count::requests, 100);
  first.add(Count::denied, 40);
  first.add(Count::short_datagram, 10);
  first.add(Count::rate_limited, 20);
  first.add(Count::answers, 30);
  first.add(Count::authenticated, 3);
  second.add(Count::answers, 5);
  second.set(Count::stored_span_seconds, 9);
  ServerStatistics sum;
  (sum += first) += second;
  EXPECT_EQ(sum.hits, 55u);
  EXPECT_EQ(sum.drops, 20u);
  EXPECT_EQ(sum.authenticated, 3u);
  EXPECT_EQ(sum.stored_span_seconds, 9u);
}

}  // namespace
}  // namespace ntp
