// When a source is asked, and what answers, losses and kisses make of it.
#include "ntpd-net/source.h"

#include <gtest/gtest.h>

#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

constexpr Endpoint remote{ipv4_loopback, 123};

SourceSettings settings_with(bool iburst) {
  SourceSettings settings;
  settings.name = "192.0.2.1";
  settings.iburst = iburst;
  return settings;
}

class SourceTest : public testing::Test {
 protected:
  Source source = make_source(settings_with(true), remote, SourceIndex{0}, nullptr);
  FakeClocks clocks;

  Now now() { return {clocks.monotonic, clocks.raw}; }
  Header answer_to(const Header& request) {
    const UtcTime there{clocks.system.since_zero};
    return {.version = 4,
            .mode = Mode::server,
            .stratum = 2,
            .precision_log2 = -20,
            .refid = 0x0a000001,
            .reference = to_wire(there),
            .origin = request.transmit,
            .receive = to_wire(there),
            .transmit = to_wire(there)};
  }
  Taken take(const Header& answer) {
    return take_answer(source, answer, {clocks.raw, true}, {}, StampKind::kernel, {}, Nanos{60},
                       {});
  }
  void lose() {
    (void)begin_request(source, now(), 1);
    clocks.pass(3s);
    lose_request(source, clocks.monotonic, 0.5);
  }
  void hear() {
    const Header request = begin_request(source, now(), ++nonce);
    clocks.pass(1ms);
    ASSERT_TRUE(take(answer_to(request)).sample.has_value());
    schedule_after_sample(source, {}, 0.5);
  }
  std::uint64_t nonce = 100;
};

TEST_F(SourceTest, TheFirstRequestWaitsItsDelay) {
  schedule_start(source, clocks.monotonic, 200ms);
  EXPECT_FALSE(source.request.is_due(clocks.monotonic));
  clocks.pass(200ms);
  EXPECT_TRUE(source.request.is_due(clocks.monotonic));
}

TEST_F(SourceTest, AnOfflineSourceIsNeverAsked) {
  go_offline(source);
  schedule_start(source, clocks.monotonic, 0s);
  EXPECT_FALSE(source.request.is_armed());
  lose_request(source, clocks.monotonic, 0.5);
  EXPECT_FALSE(source.request.is_armed());
}

// Lost requests make the interval long; the gap's own are made up for when the link is back,
// but for as many as the start asked for early.
TEST_F(SourceTest, WhatWasNotAskedForOffLineIsAskedForAfterIt) {
  hear();
  while (source.poll.poll_log2() < 10) lose();
  go_offline(source);
  clocks.pass(8h);
  go_online(source, clocks.monotonic);
  EXPECT_EQ(source.request.when(), clocks.monotonic);
  for (int burst = 0; burst < 2; ++burst) hear();
  for (int step = 0; step < 8; ++step) {
    EXPECT_NEAR(to_seconds(source.request.when() - source.asked), 360, 8);
    hear();
  }
}

TEST_F(SourceTest, WithIburstTheSecondRequestFollowsTwoSecondsAfterTheFirst) {
  hear();
  EXPECT_NEAR(to_seconds(source.request.when() - source.asked), 2.0, 0.05);
}

TEST_F(SourceTest, WithBurstAMissIsFollowedByUpToThreeMoreRequestsWithinSeconds) {
  SourceSettings settings = settings_with(false);
  settings.burst = true;
  settings.minpoll = 4;
  source = make_source(settings, remote, SourceIndex{0}, nullptr);
  for (int step = 0; step < 30; ++step) hear();  // past the start
  lose();                                        // at minpoll there is nothing to spare
  EXPECT_GT(source.request.when() - source.asked, 10s);
  source.poll.slow_down(7);
  for (int quick = 0; quick < 3; ++quick) {
    lose();
    EXPECT_LT(source.request.when() - source.asked, 4s) << quick;
  }
  // Then at the interval again.
  lose();
  EXPECT_GT(source.request.when() - source.asked, 60s);
  source.settings.burst = false;
  lose();
  EXPECT_GT(source.request.when() - source.asked, 60s);
}

TEST_F(SourceTest, ReachabilityShiftsInAnswersAndLosses) {
  hear();
  hear();
  EXPECT_EQ(source.reachability, 0b11);
  lose();
  EXPECT_EQ(source.reachability, 0b110);
  for (int i = 0; i < 8; ++i) lose();
  EXPECT_FALSE(source.is_reachable());
  EXPECT_TRUE(wants_replacement(source));
}

TEST_F(SourceTest, AnAnswerAfterALongSilenceStartsABurst) {
  for (int i = 0; i < 8; ++i) hear();
  ASSERT_FALSE(source.poll.in_burst());
  clocks.pass(600s);
  hear();
  EXPECT_FALSE(source.poll.in_burst()) << "loss, not an outage";
  clocks.pass(2h);
  hear();
  EXPECT_TRUE(source.poll.in_burst());
}

TEST_F(SourceTest, AnAnswerThatIsNotOursChangesNothing) {
  const Header request = begin_request(source, now(), 5);
  clocks.pass(1ms);
  Header forged = answer_to(request);
  forged.origin = {request.transmit.bits ^ 0x100};
  EXPECT_FALSE(take(forged).answered);
  EXPECT_EQ(source.reachability, 0);
  EXPECT_FALSE(source.last.has_value());
  EXPECT_TRUE(source.exchange.is_open());
  EXPECT_EQ(source.counts.refused[static_cast<std::size_t>(Rejection::bogus)], 1u);
}

TEST_F(SourceTest, AKissToSlowDownMakesThePollLonger) {
  hear();
  const int before = source.poll.poll_log2();
  const Header request = begin_request(source, now(), 9);
  clocks.pass(1ms);
  Header kiss = answer_to(request);
  kiss.stratum = 0;
  kiss.leap = Leap::unsynchronised;
  kiss.refid = refid_of_name("RATE");
  EXPECT_TRUE(take(kiss).answered);
  EXPECT_GT(source.poll.poll_log2(), before);
  EXPECT_FALSE(source.poll.in_burst());
}

TEST_F(SourceTest, AKissToStopAsksForAnotherServer) {
  const Header request = begin_request(source, now(), 9);
  clocks.pass(1ms);
  Header kiss = answer_to(request);
  kiss.stratum = 0;
  kiss.leap = Leap::unsynchronised;
  kiss.refid = refid_of_name("DENY");
  EXPECT_FALSE(take(kiss).sample.has_value());
  EXPECT_TRUE(wants_replacement(source));
  EXPECT_GE(source.poll.poll_log2(), 10);
}

TEST_F(SourceTest, AnAnswerAfterALongerWayThanMaxdelayIsReachableButNoSample) {
  source.settings.maxdelay = 10ms;
  const Header request = begin_request(source, now(), 9);
  const Header answer = answer_to(request);
  clocks.pass(11ms);
  const Taken taken = take(answer);
  EXPECT_TRUE(taken.answered);
  EXPECT_FALSE(taken.sample.has_value());
  EXPECT_EQ(source.reachability, 1);
  EXPECT_EQ(source.counts.implausible, 1u);
  EXPECT_EQ(source.last->passed & passed::testA, 0);
}

TEST_F(SourceTest, TheReportedOffsetIsPositiveWhenWeAreAhead) {
  const Header request = begin_request(source, now(), 9);
  Header answer =
      answer_to(request);  // the server's time when we asked, read 2 ms later: we are 1 ms ahead
  clocks.pass(2ms);
  const Nanos pair = clocks.system.since_zero - clocks.raw.since_zero;
  (void)take_answer(source, answer, {clocks.raw, true}, {}, StampKind::kernel, pair, Nanos{60}, {});
  EXPECT_NEAR(to_seconds(source.last->offset), 0.001, 1e-6);
}

TEST_F(SourceTest, ABurstAsksSoonAndEndsAfterItsSamples) {
  for (int i = 0; i < 6; ++i) hear();
  EXPECT_FALSE(source.poll.in_burst());
  begin_burst(source, clocks.monotonic, 2, 4);
  EXPECT_LE(source.request.when() - clocks.monotonic, 2s);
  hear();
  hear();
  EXPECT_FALSE(source.poll.in_burst());
}

TEST(DelayTests, ARiseAboveTheRatioFailsTestBOnlyWhereItIsAskedFor) {
  DelayHistory history;
  for (int i = 0; i < 10; ++i) history.take(10ms + i * 10us);
  const Sample slow{.sent = {0s}, .server_received = {5s}, .server_sent = {5s}, .received = {50ms}};
  SourceSettings settings;
  EXPECT_NE(judge_delay(slow, {}, settings, history, {}) & passed::testB, 0);
  settings.maxdelayratio = 2;
  EXPECT_EQ(judge_delay(slow, {}, settings, history, {}) & passed::testB, 0);
  settings.maxdelayratio = 6;
  EXPECT_NE(judge_delay(slow, {}, settings, history, {}) & passed::testB, 0);
}

TEST(DelayTests, AServerThatFollowsUsFailsTestDWhileWeServe) {
  const OurClaims us{.serving = true, .address_refid = 0x0a000005};
  const Sample sample{
      .sent = {0s}, .server_received = {5s}, .server_sent = {5s}, .received = {5ms}};
  const Header follower{.stratum = 3, .refid = 0x0a000005};
  EXPECT_EQ(judge_delay(sample, follower, {}, {}, us) & passed::testD, 0);
  EXPECT_NE(judge_delay(sample, follower, {}, {}, {}) & passed::testD, 0);
}

TEST_F(SourceTest, OnNewsItIsAskedUnlessOffLineOrARequestIsOpen) {
  schedule_start(source, clocks.monotonic, 0s);
  for (int i = 0; i < 100; ++i) {
    clocks.pass(source.request.when() - clocks.monotonic);
    hear();
  }
  const MonotonicTime turn = source.request.when();
  clocks.pass(30s);
  ASSERT_TRUE(bring_forward(source, clocks.monotonic));
  EXPECT_EQ(source.request.when(), clocks.monotonic);
  hear();
  EXPECT_NEAR(to_seconds(source.request.when() - turn), 0, 1.5) << "its turn, up to 2 % later";
  clocks.pass(30s);
  (void)begin_request(source, now(), 1);
  clocks.pass(5s);
  EXPECT_FALSE(bring_forward(source, clocks.monotonic));
  lose_request(source, clocks.monotonic, 0.5);
  clocks.pass(30s);
  go_offline(source);
  EXPECT_FALSE(bring_forward(source, clocks.monotonic));
}

}  // namespace
}  // namespace ntp
