// The on-wire tests between equals, each as a claim about one packet.
#include "common/sync/symmetric.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ntp {
namespace {

constexpr WireTime ours{0xe0000000'12345678};
constexpr RawTime sent{100s};
constexpr UtcTime their_time{1'800'000'000s};

class Symmetric : public testing::Test {
 protected:
  void SetUp() override { exchange.begin({.transmit = ours}, sent); }
  // They heard us 5 ms after we sent, kept it for `hold` and spoke.
  static Header packet_after(Nanos hold) {
    return {.leap = Leap::none,
            .version = 4,
            .mode = Mode::active,
            .stratum = 2,
            .poll_log2 = 4,
            .precision_log2 = -20,
            .root_delay = to_short(10ms),
            .root_dispersion = to_short(5ms),
            .refid = 0x0a000001,
            .origin = ours,
            .receive = to_wire(their_time),
            .transmit = to_wire(their_time + hold)};
  }
  Judgement judge(const Header& packet, Nanos after, bool authentic = true) {
    return exchange.judge(packet, {sent + after, authentic}, Nanos{10});
  }
  Rejection rejection(const Header& packet, bool authentic = true) {
    const auto judgement = judge(packet, 40s, authentic);
    EXPECT_FALSE(judgement.outcome.has_value());
    return judgement.outcome ? Rejection{} : judgement.outcome.error();
  }
  SymmetricExchange exchange;
};

TEST_F(Symmetric, APacketOfHalfAMinuteLaterIsAnExchangeOfTenMilliseconds) {
  const auto judgement = judge(packet_after(30s), 30s + 10ms);
  ASSERT_TRUE(judgement.outcome.has_value());
  EXPECT_EQ(judgement.passed, passed::synchronised);
  const Sample& sample = *judgement.outcome;
  EXPECT_NEAR(to_seconds(sample.delay()), 0.010, 1e-6);
  const RawTime middle = sample.sent + (sample.received - sample.sent) / 2;
  EXPECT_NEAR(to_seconds(middle - (sent + 5ms + 15s)), 0, 1e-6);
  EXPECT_NEAR(to_seconds(sample.server_received - (their_time + 15s)), 0, 1e-6);
}

TEST_F(Symmetric, ASlowClockOfOursDoesNotMakeTheRoundTripShorter) {
  constexpr Rate slow = ppm(200);  // UTC gains that much on our raw clock
  exchange.know_rate(slow, ppm(0.1));
  const Nanos span = 30s + 10ms;
  const auto judgement = judge(packet_after(30s), span - slow * span);
  ASSERT_TRUE(judgement.outcome.has_value());
  EXPECT_NEAR(to_seconds(judgement.outcome->delay()), 0.010, 1e-5);
}

TEST_F(Symmetric, TheLongerTheHoldAndTheLessIsKnownOfOurRateTheFurtherIsTheOther) {
  exchange.know_rate({}, ppm(10));
  const auto judgement = judge(packet_after(30s), 30s + 10ms);
  ASSERT_TRUE(judgement.outcome.has_value());
  EXPECT_NEAR(to_seconds(judgement.outcome->root_dispersion), 5e-3 + 300e-6, 2e-5);
}

TEST_F(Symmetric, ADelayLessThanNothingIsImpossible) {
  const auto judgement = judge(packet_after(30s), 29s);
  ASSERT_FALSE(judgement.outcome.has_value());
  EXPECT_EQ(judgement.outcome.error(), Rejection::impossible_time);
}

TEST_F(Symmetric, AServersAnswerIsNoEqualsPacket) {
  Header packet = packet_after(30s);
  for (const Mode mode : {Mode::client, Mode::server, Mode::broadcast}) {
    packet.mode = mode;
    EXPECT_EQ(rejection(packet), Rejection::wrong_mode);
  }
}

TEST_F(Symmetric, APassiveEqualCountsToo) {
  Header packet = packet_after(30s);
  packet.mode = Mode::passive;
  EXPECT_TRUE(judge(packet, 30s + 10ms).outcome.has_value());
}

TEST_F(Symmetric, APacketThatAnswersAnotherOfOursIsBogusYetAnswered) {
  Header packet = packet_after(30s);
  packet.origin = {};
  EXPECT_EQ(rejection(packet), Rejection::bogus);
  EXPECT_EQ(exchange.origin(), packet.transmit);
  EXPECT_EQ(exchange.heard(), sent + 40s);
  EXPECT_TRUE(exchange.is_open());
}

TEST_F(Symmetric, TheSamePacketTwiceIsADuplicate) {
  ASSERT_TRUE(judge(packet_after(30s), 30s + 10ms).outcome.has_value());
  EXPECT_EQ(rejection(packet_after(30s)), Rejection::duplicate);
}

TEST_F(Symmetric, ASecondPacketWithTheSameOriginMakesNoSample) {
  ASSERT_TRUE(judge(packet_after(30s), 30s + 10ms).outcome.has_value());
  EXPECT_EQ(rejection(packet_after(31s)), Rejection::unasked);
  EXPECT_EQ(exchange.origin(), packet_after(31s).transmit);
}

TEST_F(Symmetric, AnOldPacketSentAgainIsNotAnswered) {
  Header old = packet_after(1s);
  old.origin = {7};
  ASSERT_TRUE(judge(packet_after(30s), 30s + 10ms).outcome.has_value());
  (void)rejection(old);
  EXPECT_EQ(exchange.origin(), packet_after(30s).transmit);
}

TEST_F(Symmetric, AnEqualWhoseClockWentBackIsHeardWhenItAnswersUs) {
  ASSERT_TRUE(judge(packet_after(30s), 30s + 10ms).outcome.has_value());
  exchange.begin({.transmit = {ours.bits + 2}}, sent + 60s);
  Header packet = packet_after(0s);
  packet.origin = {ours.bits + 2};
  packet.receive = to_wire(their_time - 1h);
  packet.transmit = to_wire(their_time - 1h + 1s);
  EXPECT_TRUE(exchange.judge(packet, {sent + 61s + 10ms, true}, Nanos{10}).outcome.has_value());
  EXPECT_EQ(exchange.origin(), packet.transmit);
}

TEST_F(Symmetric, WhatIsNotAuthenticLeavesNoTrace) {
  EXPECT_EQ(rejection(packet_after(30s), false), Rejection::unauthentic);
  EXPECT_TRUE(exchange.is_open());
  EXPECT_TRUE(exchange.origin().is_zero());
}

TEST_F(Symmetric, WithoutBothTimesThereIsNoSampleAndNothingToAnswer) {
  Header packet = packet_after(30s);
  packet.receive = {};
  EXPECT_EQ(rejection(packet), Rejection::missing_time);
  packet.transmit = {};
  EXPECT_EQ(rejection(packet), Rejection::missing_time);
  EXPECT_TRUE(exchange.is_open());
}

TEST_F(Symmetric, AnEqualThatDoesNotKnowTheTimeIsAnsweredButNoSample) {
  Header packet = packet_after(30s);
  packet.stratum = 0;
  packet.leap = Leap::unsynchronised;
  packet.refid = refid_unsynchronised;
  EXPECT_EQ(rejection(packet), Rejection::unsynchronised);
  EXPECT_EQ(exchange.origin(), packet.transmit);
}

TEST_F(Symmetric, AKissIsObeyedAndNotAnswered) {
  Header packet = packet_after(30s);
  packet.stratum = 0;
  packet.leap = Leap::unsynchronised;
  packet.refid = kiss_rate;
  EXPECT_EQ(rejection(packet), Rejection::told_to_slow);
  EXPECT_TRUE(exchange.origin().is_zero());
}

TEST_F(Symmetric, TheOthersIntervalIsRemembered) {
  (void)judge(packet_after(30s), 30s + 10ms);
  EXPECT_EQ(exchange.remote_poll_log2(), 4);
}

TEST_F(Symmetric, AfterABreakOfTheRawClockNothingIsAnswered) {
  (void)judge(packet_after(30s), 30s + 10ms);
  exchange.forget();
  EXPECT_TRUE(exchange.origin().is_zero());
  EXPECT_FALSE(exchange.is_open());
}

// Two equals with the same true clocks, 5 ms apart; each packet leaves 1 ms after the time in it.
class Side {
 public:
  explicit Side(bool interleaves) : exchange{interleaves} {}
  static UtcTime utc(RawTime t) { return their_time + (t - sent); }
  Header say(RawTime now) {
    const bool interleaved = exchange.may_interleave();
    Header packet{
        .version = 4,
        .mode = Mode::active,
        .stratum = 2,
        .poll_log2 = 4,
        .precision_log2 = -30,
        .refid = 0x0a000001,
        .origin = interleaved ? exchange.interleaved_origin() : exchange.origin(),
        .receive = exchange.origin().is_zero() ? WireTime{} : to_wire(utc(exchange.heard())),
        .transmit = to_wire(utc(interleaved ? exchange.sent() : now))};
    exchange.begin(packet, now);
    exchange.depart(packet.transmit, now + 1ms);
    return packet;
  }
  Judgement hear(const Header& packet, RawTime said) {
    return exchange.judge(packet, {said + 6ms, true}, Nanos{10});
  }
  SymmetricExchange exchange;
};

double offset(const Sample& sample) {
  const RawTime middle = sample.sent + (sample.received - sample.sent) / 2;
  return to_seconds(sample.server_received - Side::utc(middle));
}

TEST(SymmetricInterleaved, ByTurnsEachTellsWhenThePacketBeforeLeft) {
  Side a{true}, b{true};
  RawTime now = sent;
  (void)b.hear(a.say(now), now);
  int interleaved = 0;
  for (int turn = 0; turn < 8; ++turn) {
    now += 8s;
    Side &speaker = turn % 2 == 0 ? b : a, &hearer = turn % 2 == 0 ? a : b;
    const Judgement judgement = hearer.hear(speaker.say(now), now);
    EXPECT_EQ(judgement.is_interleaved, turn > 0);  // at first nobody knows of a departure
    if (!judgement.outcome) continue;
    EXPECT_NEAR(to_seconds(judgement.outcome->delay()), judgement.is_interleaved ? 0.010 : 0.011,
                1e-6);
    EXPECT_NEAR(std::abs(offset(*judgement.outcome)), judgement.is_interleaved ? 0 : 0.5e-3, 1e-6);
    interleaved += judgement.is_interleaved;
  }
  EXPECT_EQ(interleaved, 7);
}

TEST(SymmetricInterleaved, WhoSpeaksTwiceOrUnheardIsInBasicModeAgain) {
  Side a{true}, b{true};
  RawTime now = sent;
  (void)b.hear(a.say(now), now);
  (void)a.hear(b.say(now + 8s), now + 8s);
  EXPECT_TRUE(a.exchange.may_interleave());
  (void)a.say(now + 16s);  // lost
  EXPECT_FALSE(a.exchange.may_interleave());
  const auto late = a.hear(b.say(now + 24s), now + 24s);  // b answers what it heard, the first one
  EXPECT_FALSE(late.outcome.has_value());
  EXPECT_FALSE(a.exchange.may_interleave());
}

TEST(SymmetricInterleaved, WithoutTheOptionSuchAPacketIsBogus) {
  Side a{true}, b{false};
  (void)b.hear(a.say(sent), sent);
  (void)a.hear(b.say(sent + 8s), sent + 8s);
  const auto judgement = b.hear(a.say(sent + 16s), sent + 16s);
  ASSERT_FALSE(judgement.outcome.has_value());
  EXPECT_EQ(judgement.outcome.error(), Rejection::bogus);
}

}  // namespace
}  // namespace ntp
