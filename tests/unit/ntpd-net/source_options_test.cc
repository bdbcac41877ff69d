// Each option of a source and the effect that it is there for.
#include <gtest/gtest.h>

#include "ntpd-net/source.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

constexpr Endpoint remote{ipv4_loopback, 123};

class SourceOption : public testing::Test {
 protected:
  FakeClocks clocks;
  std::optional<Source> source;
  std::uint64_t nonce = 100;

  void make(std::string_view options) {
    const auto settings = parse_source("server 192.0.2.1 " + std::string{options});
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    source.emplace(make_source(*settings, remote, SourceIndex{0}, nullptr));
  }
  Now now() { return {clocks.monotonic, clocks.raw}; }

  // One exchange: so long there, so long back, by a server that agrees with us.
  Taken exchange(Nanos there, Nanos back) {
    ++nonce;
    const Header request = begin_request(*source, now(), nonce, nonce << 32);
    const UtcTime came{clocks.system.since_zero + there};
    clocks.pass(there + back);
    const Header answer{.version = request.version,
                        .mode = Mode::server,
                        .stratum = 2,
                        .precision_log2 = -20,
                        .refid = 0x0a000001,
                        .reference = to_wire(came),
                        .origin = request.transmit,
                        .receive = to_wire(came),
                        .transmit = to_wire(came)};
    const Taken taken =
        take_answer(*source, answer, {clocks.raw, true}, {}, StampKind::kernel, {}, Nanos{60}, {});
    if (taken.is_good) schedule_after_sample(*source, {}, 0.5);
    else lose_request(*source, clocks.monotonic, 0.5);
    clocks.pass(std::max(source->request.when() - clocks.monotonic, Nanos{0}));
    return taken;
  }
  void lose() {
    (void)begin_request(*source, now(), ++nonce);
    clocks.pass(8s);
    lose_request(*source, clocks.monotonic, 0.5);
  }
  static bool has(const Taken& taken, std::uint16_t test) { return (taken.passed & test) != 0; }
};

TEST_F(SourceOption, FilterLetsOnlyTheMiddleOfSoManySamplesThrough) {
  make("filter 3");
  EXPECT_FALSE(exchange(1ms, 1ms).sample.has_value());
  EXPECT_FALSE(exchange(9ms, 1ms).sample.has_value());  // 4 ms off
  const Taken third = exchange(3ms, 1ms);               // 1 ms off: the middle one
  ASSERT_TRUE(third.sample.has_value());
  EXPECT_EQ(third.sample->received - third.sample->sent, 4ms);
  EXPECT_EQ(source->counts.good, 3u);
  EXPECT_FALSE(exchange(1ms, 1ms).sample.has_value());
}

TEST_F(SourceOption, PresendWakesThePathTwoSecondsBeforeItMeasures) {
  make("minpoll 8 presend 8");
  const MonotonicTime began = clocks.monotonic;
  const Taken warm_up = exchange(40ms, 1ms);
  EXPECT_FALSE(warm_up.sample.has_value());
  EXPECT_FALSE(has(warm_up, passed::testA));
  EXPECT_NEAR(to_seconds(clocks.monotonic - began), 2, 0.1);
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
  EXPECT_EQ(source->reachability, 1);  // a poll is one bit, however many packets it takes
  EXPECT_FALSE(exchange(40ms, 1ms).sample.has_value());
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
}

TEST_F(SourceOption, PresendLeavesShortIntervalsAlone) {
  make("minpoll 6 presend 9");
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
}

TEST_F(SourceOption, ALostWarmUpIsFollowedByTheMeasurementAllTheSame) {
  make("minpoll 8 presend 8");
  lose();
  EXPECT_EQ(source->lost_in_a_row, 0);
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
}

TEST_F(SourceOption, AsymmetryTakesTheQueueOutOfTheOffset) {
  make("asymmetry -0.5");
  (void)exchange(1ms, 1ms);
  const Taken queued = exchange(7ms, 1ms);
  ASSERT_TRUE(queued.sample.has_value());
  const Nanos up = queued.sample->server_received.since_zero - queued.sample->sent.since_zero;
  const Nanos offset_up = clocks.system.since_zero - clocks.raw.since_zero;
  EXPECT_NEAR(to_seconds(up - offset_up), 0.004, 1e-6);  // 7 ms less half of the 6 ms of queue
  make("");
  (void)exchange(1ms, 1ms);
  const Taken plain = exchange(7ms, 1ms);
  const Nanos plain_up = plain.sample->server_received.since_zero - plain.sample->sent.since_zero;
  EXPECT_NEAR(to_seconds(plain_up - offset_up), 0.007, 1e-6);
}

TEST_F(SourceOption, MindelayIsWhatRatiosAreTakenOf) {
  make("maxdelayratio 3 mindelay 0.001");
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
  const Taken slow = exchange(2ms, 2ms);
  EXPECT_FALSE(has(slow, passed::testB));
  EXPECT_FALSE(slow.sample.has_value());
  make("maxdelayratio 3");
  (void)exchange(1ms, 1ms);
  EXPECT_TRUE(exchange(2ms, 2ms).sample.has_value());
}

TEST_F(SourceOption, MaxdelayDropsWhatTookLonger) {
  make("maxdelay 0.01");
  EXPECT_TRUE(exchange(4ms, 4ms).sample.has_value());
  EXPECT_FALSE(exchange(6ms, 6ms).sample.has_value());
}

TEST_F(SourceOption, MaxdelayquantDropsWhatIsAboveTheQuantile) {
  make("maxdelayquant 0.5");
  for (int i = 0; i < 10; ++i) (void)exchange(1ms, 1ms + i * 100us);
  const Taken slow = exchange(1ms, 2ms);
  EXPECT_FALSE(has(slow, passed::testC));
  EXPECT_TRUE(has(exchange(1ms, 1ms), passed::testC));
}

TEST_F(SourceOption, MaxdelaydevratioDropsARiseOfManyDeviations) {
  make("maxdelaydevratio 2");
  for (int i = 0; i < 20; ++i) (void)exchange(1ms, 1ms + (i % 2) * 100us);
  EXPECT_FALSE(has(exchange(1ms, 5ms), passed::testC));
}

TEST_F(SourceOption, MaxunreachKeepsAnUnreachableSourceForSoManyPolls) {
  make("maxunreach 3");
  (void)exchange(1ms, 1ms);
  for (int i = 0; i < 8; ++i) lose();
  EXPECT_FALSE(source->is_reachable());
  EXPECT_TRUE(source->may_stay_selected());
  lose();
  lose();
  EXPECT_TRUE(source->may_stay_selected());
  lose();
  EXPECT_FALSE(source->may_stay_selected());
}

TEST_F(SourceOption, WithoutMaxunreachASourceThatIsSilentForEightPollsIsNotUsed) {
  make("");
  (void)exchange(1ms, 1ms);
  for (int i = 0; i < 7; ++i) lose();
  EXPECT_TRUE(source->may_stay_selected());
  lose();
  EXPECT_FALSE(source->may_stay_selected());
}

TEST_F(SourceOption, VersionIsWhatIsSent) {
  make("version 2");
  EXPECT_EQ(begin_request(*source, now(), 1).version, 2);
  make("xleave");
  EXPECT_EQ(begin_request(*source, now(), 1).version, 4);
}

TEST_F(SourceOption, XleaveAsksInInterleavedModeFromTheSecondRequestOn) {
  make("xleave");
  EXPECT_TRUE(exchange(1ms, 1ms).sample.has_value());
  const Header next = begin_request(*source, now(), 7, 8);
  EXPECT_EQ(next.receive.bits, 8u);
  EXPECT_FALSE(next.origin.is_zero());
  make("");
  (void)exchange(1ms, 1ms);
  EXPECT_TRUE(begin_request(*source, now(), 7, 8).receive.is_zero());
}

TEST_F(SourceOption, PolltargetShortensTheInterval) {
  const auto interval_after = [&](std::string_view options) {
    make(options);
    for (int i = 0; i < 40; ++i) {
      (void)source->poll.after_sample({.deviation = 40us,
                                       .deviation_now = 20us,
                                       .noise = 30us,
                                       .intercept = 1100s,  // best: 1540 s
                                       .surprise = 0,
                                       .samples = 20});
    }
    return source->poll.poll_log2();
  };
  EXPECT_EQ(interval_after("minpoll 4 maxpoll 12"), 10);
  EXPECT_EQ(interval_after("minpoll 4 maxpoll 12 polltarget 32"), 8);
  EXPECT_EQ(interval_after("minpoll 4 maxpoll 12 polltarget 6"), 11);
}

TEST_F(SourceOption, OfflineIsNotAskedAndPortIsTheOnesGiven) {
  make("offline");
  EXPECT_FALSE(source->online);
  schedule_start(*source, clocks.monotonic, 0s);
  EXPECT_FALSE(source->request.is_armed());
}

}  // namespace
}  // namespace ntp
