// The on-wire tests, each as a claim about one answer.
#include "common/sync/exchange.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr std::uint64_t nonce = 0x0123456789abcdef;
constexpr RawTime sent{100s};
constexpr RawTime received{100s + 20ms};
constexpr UtcTime server_time{1'800'000'000s};

Header good_answer() {
  return {.leap = Leap::none,
          .version = 4,
          .mode = Mode::server,
          .stratum = 2,
          .precision_log2 = -20,
          .root_delay = to_short(10ms),
          .root_dispersion = to_short(5ms),
          .refid = 0x0a000001,
          .reference = to_wire(server_time - 10s),
          .origin = {nonce},
          .receive = to_wire(server_time),
          .transmit = to_wire(server_time + 1ms)};
}

class ExchangeTest : public testing::Test {
 protected:
  void SetUp() override { request = exchange.begin(nonce, sent, 4, 6); }
  Judgement judge(const Header& answer, bool authentic = true) {
    return exchange.judge(answer, {received, authentic}, Nanos{10});
  }
  Rejection rejection(const Header& answer, bool authentic = true) {
    const auto judgement = judge(answer, authentic);
    EXPECT_FALSE(judgement.outcome.has_value());
    return judgement.outcome ? Rejection{} : judgement.outcome.error();
  }
  Exchange exchange;
  Header request;
};

TEST_F(ExchangeTest, ARequestTellsNothingButVersionModePollAndItsNonce) {
  const Header expected{.version = 4,
                        .mode = Mode::client,
                        .poll_log2 = 6,
                        .precision_log2 = 32,
                        .transmit = {nonce}};
  EXPECT_EQ(request, expected);
}

TEST_F(ExchangeTest, ANonceOfZeroIsNeverSent) {
  EXPECT_FALSE(exchange.begin(0, sent, 4, 6).transmit.is_zero());
}

TEST_F(ExchangeTest, AGoodAnswerBecomesASampleOfFourInstants) {
  const auto judgement = judge(good_answer());
  ASSERT_TRUE(judgement.outcome.has_value());
  EXPECT_EQ(judgement.outcome->sent, sent);
  EXPECT_EQ(judgement.outcome->received, received);
  EXPECT_EQ(judgement.outcome->delay(), 19ms);
  EXPECT_EQ(judgement.outcome->stratum, 2);
  EXPECT_GE(judgement.outcome->root_delay, 10ms);
  EXPECT_EQ(judgement.passed, passed::synchronised);
}

TEST_F(ExchangeTest, AReplayedAnswerIsAcceptedOnceOnly) {
  EXPECT_TRUE(judge(good_answer()).outcome.has_value());
  EXPECT_EQ(rejection(good_answer()), Rejection::unasked);
  (void)exchange.begin(nonce, sent, 4, 6);
  EXPECT_EQ(rejection(good_answer()), Rejection::duplicate);
}

TEST_F(ExchangeTest, AnAnswerWithAnotherOriginIsBogusAndLeavesTheRequestOpen) {
  Header answer = good_answer();
  answer.origin = {nonce ^ 1};
  EXPECT_EQ(rejection(answer), Rejection::bogus);
  EXPECT_TRUE(judge(good_answer()).outcome.has_value());
}

TEST_F(ExchangeTest, AnAnswerToAnAbandonedRequestIsUnasked) {
  exchange.abandon();
  EXPECT_EQ(rejection(good_answer()), Rejection::unasked);
}

TEST_F(ExchangeTest, OnlyAServersAnswerInOurVersionCounts) {
  Header answer = good_answer();
  answer.mode = Mode::broadcast;
  EXPECT_EQ(rejection(answer), Rejection::wrong_mode);
  answer = good_answer();
  answer.version = 3;
  EXPECT_EQ(rejection(answer), Rejection::wrong_mode);
}

TEST_F(ExchangeTest, AnAnswerWithoutStampsIsRefused) {
  Header answer = good_answer();
  answer.receive = {};
  EXPECT_EQ(rejection(answer), Rejection::missing_time);
  answer = good_answer();
  answer.transmit = {};
  EXPECT_EQ(rejection(answer), Rejection::missing_time);
}

TEST_F(ExchangeTest, AForgedMacLeavesTheRequestOpenForTheTrueAnswer) {
  EXPECT_EQ(rejection(good_answer(), false), Rejection::unauthentic);
  EXPECT_TRUE(judge(good_answer()).outcome.has_value());
}

TEST_F(ExchangeTest, AServerThatSaysItIsUnsynchronisedIsValidButNoSample) {
  Header answer = good_answer();
  answer.leap = Leap::unsynchronised;
  const auto judgement = judge(answer);
  EXPECT_TRUE(judgement.is_valid());
  EXPECT_FALSE(judgement.is_synchronised());
  EXPECT_EQ(judgement.outcome.error(), Rejection::unsynchronised);
  (void)exchange.begin(nonce, sent, 4, 6);
  answer = good_answer();
  answer.stratum = 16;
  answer.transmit = to_wire(server_time + 2ms);
  EXPECT_EQ(rejection(answer), Rejection::unsynchronised);
}

TEST_F(ExchangeTest, ARootDistanceOfSixteenSecondsIsTooFar) {
  Header answer = good_answer();
  answer.root_delay = to_short(2s);
  answer.root_dispersion = to_short(15s);
  EXPECT_EQ(rejection(answer), Rejection::distant_root);
}

TEST_F(ExchangeTest, AKissIsObeyedOnlyWithOurOriginAndNeverGivesTime) {
  Header kiss = good_answer();
  kiss.leap = Leap::unsynchronised;
  kiss.stratum = 0;
  kiss.refid = refid_of_name("RATE");
  kiss.origin = {nonce + 1};
  EXPECT_EQ(rejection(kiss), Rejection::bogus);
  kiss.origin = {nonce};
  EXPECT_EQ(rejection(kiss), Rejection::told_to_slow);
  (void)exchange.begin(nonce, sent, 4, 6);
  kiss.refid = refid_of_name("DENY");
  kiss.transmit = to_wire(server_time + 3ms);
  EXPECT_EQ(rejection(kiss), Rejection::told_to_stop);
}

TEST_F(ExchangeTest, AKissThatClaimsToBeSynchronisedGivesNoTimeEither) {
  Header kiss = good_answer();
  kiss.stratum = 0;
  kiss.refid = refid_of_name("RSTR");
  EXPECT_EQ(rejection(kiss), Rejection::told_to_stop);
}

TEST_F(ExchangeTest, AnEmptyRefidAtStratumZeroIsNoKiss) {
  Header answer = good_answer();
  answer.stratum = 0;
  answer.refid = 0;
  EXPECT_EQ(rejection(answer), Rejection::unsynchronised);
}

TEST_F(ExchangeTest, AServerThatHeldTheRequestLessThanNothingOrForLongIsRefused) {
  Header answer = good_answer();
  answer.transmit = to_wire(server_time - 1s);
  EXPECT_EQ(rejection(answer), Rejection::impossible_time);
  (void)exchange.begin(nonce, sent, 4, 6);
  answer.transmit = to_wire(server_time + 5s);
  EXPECT_EQ(rejection(answer), Rejection::impossible_time);
}

TEST_F(ExchangeTest, TheKernelsDepartureStampReplacesOurOwn) {
  exchange.depart({nonce}, sent + 5us);
  exchange.depart({nonce + 1}, sent + 9us);
  EXPECT_EQ(judge(good_answer()).outcome->sent, sent + 5us);
}

TEST_F(ExchangeTest, TimesOfEra1AreReadAsAfter2036) {
  constexpr UtcTime era1{2'100'000'000s};
  Header answer = good_answer();
  answer.receive = to_wire(era1);
  answer.transmit = to_wire(era1 + 1ms);
  EXPECT_EQ(judge(answer).outcome->server_received, era1);
}

// Interleaved mode: a server that keeps when its answers really left.
class Interleaved : public testing::Test {
 protected:
  static constexpr std::uint64_t second = 0x8888777766665555;
  Exchange exchange;
  RawTime left{100s};
  UtcTime there{1'800'000'000s};
  Header previous{};   // the server's previous answer
  UtcTime departed{};  // when it really left

  Header ask() {
    left += 64s;
    there += 64s;
    return exchange.begin(nonce + static_cast<std::uint64_t>(left.since_zero.count()), left, 4, 6,
                          second);
  }
  // 10 ms there, 1 ms hold that the server believes to be nothing, 10 ms back.
  Header answer(const Header& request, bool interleaved) {
    Header header = good_answer();
    header.origin = interleaved ? request.receive : request.transmit;
    header.receive = to_wire(there + 10ms);
    header.transmit = interleaved ? to_wire(departed) : to_wire(there + 10ms);
    departed = there + 11ms;
    return header;
  }
  Judgement judge(const Header& header) {
    return exchange.judge(header, {left + 21ms, true}, Nanos{10});
  }
};

TEST_F(Interleaved, TheFirstRequestIsBasicAndTheSecondRepeatsTheServersReceiveTime) {
  const Header first = ask();
  EXPECT_TRUE(first.origin.is_zero());
  EXPECT_TRUE(first.receive.is_zero());
  const Header reply = answer(first, false);
  ASSERT_TRUE(judge(reply).outcome.has_value());
  const Header next = ask();
  EXPECT_EQ(next.origin, reply.receive);
  EXPECT_EQ(next.receive.bits, second);
  EXPECT_NE(next.transmit, next.receive);
}

TEST_F(Interleaved, TheThirdAnswerMeasuresTheSecondExchangeWithItsRealDeparture) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  const Judgement second_answer = judge(answer(ask(), true));
  ASSERT_FALSE(second_answer.outcome.has_value());  // the first exchange was a sample already
  EXPECT_EQ(second_answer.outcome.error(), Rejection::already_measured);
  EXPECT_TRUE(second_answer.is_synchronised());
  const RawTime asked = left;
  const UtcTime came = there + 10ms;
  const Judgement third = judge(answer(ask(), true));
  ASSERT_TRUE(third.outcome.has_value());
  EXPECT_TRUE(third.is_interleaved);
  EXPECT_EQ(third.outcome->sent, asked);
  EXPECT_EQ(third.outcome->received, asked + 21ms);
  EXPECT_LT(std::chrono::abs(third.outcome->server_received - came), 2ns);
  EXPECT_LT(std::chrono::abs(third.outcome->server_sent - (came + 1ms)), 2ns);
}

TEST_F(Interleaved, AnAnswerToNeitherOfTheTwoNoncesIsBogus) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  Header forged = answer(ask(), true);
  forged.origin.bits ^= 4;
  EXPECT_EQ(judge(forged).outcome.error(), Rejection::bogus);
}

TEST_F(Interleaved, AServerThatForgotUsIsAnsweredInBasicModeAndMeasured) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  const Judgement basic = judge(answer(ask(), false));
  ASSERT_TRUE(basic.outcome.has_value());
  EXPECT_FALSE(basic.is_interleaved);
  EXPECT_EQ(basic.outcome->sent, left);
}

TEST_F(Interleaved, AfterFourUnansweredRequestsWeAskInBasicMode) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ask().receive.is_zero()) << i;
  EXPECT_TRUE(ask().receive.is_zero());
}

TEST_F(Interleaved, AfterABreakOfTheRawClockNothingOldIsMeasured) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  (void)judge(answer(ask(), true));
  exchange.forget();
  EXPECT_TRUE(ask().receive.is_zero());
}

TEST_F(Interleaved, OnlyVersionFourIsInterleaved) {
  ASSERT_TRUE(judge(answer(ask(), false)).outcome.has_value());
  EXPECT_TRUE(exchange.begin(7, left, 3, 6, second).receive.is_zero());
}

}  // namespace
}  // namespace ntp
