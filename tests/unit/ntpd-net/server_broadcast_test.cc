// When broadcasts are due and what stands in them.
#include "ntpd-net/server_broadcast.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

const Broadcast near{.interval = 2, .address = *parse_address("192.0.2.255")};
const Broadcast far{.interval = 60, .address = *parse_address("ff02::101"), .port = 1123};

TEST(Broadcasts, EachGoesOutAtOnceAndThenByItsOwnInterval) {
  Broadcasts broadcasts{{near, far}};
  const RawTime start{1000s};
  EXPECT_EQ(*broadcasts.take(start), near);
  EXPECT_EQ(*broadcasts.take(start), far);
  EXPECT_EQ(broadcasts.take(start), nullptr);
  EXPECT_EQ(broadcasts.due(), start + 2s);
  EXPECT_EQ(broadcasts.take(start + 1999ms), nullptr);
  EXPECT_EQ(*broadcasts.take(start + 2100ms), near);
  EXPECT_EQ(broadcasts.due(), start + 4s) << "a late one does not move the next";
}

TEST(Broadcasts, WhatWasMissedInASleepIsNotMadeUpFor) {
  Broadcasts broadcasts{{near}};
  EXPECT_NE(broadcasts.take(RawTime{1000s}), nullptr);
  EXPECT_NE(broadcasts.take(RawTime{2001s}), nullptr);
  EXPECT_EQ(broadcasts.take(RawTime{2001s}), nullptr);
  EXPECT_EQ(broadcasts.due(), RawTime{2003s});
}

TEST(Broadcasts, WithoutALineNoneIsEverDue) {
  Broadcasts none{{}};
  EXPECT_FALSE(none.due());
  EXPECT_EQ(none.take(RawTime{1000s}), nullptr);
}

TEST(Broadcasts, TheWorkersArgumentHoldsAllOfThem) {
  EXPECT_EQ(to_argument({near, far}), "2/192.0.2.255/123,60/ff02::101/1123");
  EXPECT_EQ(broadcasts_of(to_argument({near, far})), (std::vector{near, far}));
  EXPECT_TRUE(broadcasts_of("").empty());
  EXPECT_TRUE(broadcasts_of("x/y/z,0/192.0.2.1/123,5/192.0.2.1,,").empty());
}

TEST(Broadcasts, TheirHeaderAnswersNobody) {
  const Serving serving{.base = {.stratum = 3, .refid = 7}};
  const Header header = make_broadcast(far, serving, WireTime{42});
  EXPECT_EQ(header.mode, Mode::broadcast);
  EXPECT_EQ(header.version, 4);
  EXPECT_EQ(header.poll_log2, 6) << "60 s is nearer to 64 s than to 32 s";
  EXPECT_EQ(header.stratum, 3);
  EXPECT_TRUE(header.origin.is_zero() && header.receive.is_zero());
  EXPECT_EQ(header.transmit, WireTime{42});
}

}  // namespace
}  // namespace ntp
