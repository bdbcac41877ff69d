// Counters and chrony's sums.
#include "ntpd-net/server_counters.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

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

TEST(Counters, WhatTheQueueLostIsCountedOnceThoughAWorkerStartsAnew) {
  CounterPage page;
  QueueLosses first;
  first.count(page, 0, 5);
  first.count(page, 1, 2);
  first.count(page, 0, 9);
  EXPECT_EQ(page[Count::queue_full], 11u);
  QueueLosses second;  // over the same sockets
  second.count(page, 0, 9);
  EXPECT_EQ(page[Count::queue_full], 11u);
  second.count(page, 1, 4);
  EXPECT_EQ(page[Count::queue_full], 13u);
}

}  // namespace
}  // namespace ntp
