// Claims of poll control: intervals follow the error budget, bursts end, surprises shorten.
#include "common/sync/poll_interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/sync/poll_params.h"

namespace ntp {
namespace {

constexpr PollEvidence comfortable{
    .deviation = 1us, .deviation_now = 1us, .noise = 3us, .intercept = 10'000s, .samples = 20};
constexpr PollEvidence strained{
    .deviation = 10ms, .deviation_now = 1us, .noise = 3us, .intercept = 10s, .samples = 20};

TEST(PollControl, TheIntervalGrowsInsideTheBudgetUpToTheOperatorsLimit) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  Nanos wait{};
  for (int i = 0; i < 100; ++i) wait = poll.after_sample(comfortable);
  EXPECT_EQ(poll.poll_log2(), 10);
  EXPECT_EQ(wait, 1024s);
}

int samples_to_longest(const PollEvidence& evidence) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  int samples = 0;
  for (; poll.poll_log2() < 10 && samples < 1000; ++samples) (void)poll.after_sample(evidence);
  return samples;
}

TEST(PollControl, ALineWorseKnownThanOneSampleTellsGrowsSlowly) {
  PollEvidence unsure = comfortable;
  unsure.deviation = unsure.deviation_now = 5us;
  EXPECT_GE(samples_to_longest(unsure), 3 * samples_to_longest(comfortable));
  EXPECT_LT(samples_to_longest(unsure), 100);
}

TEST(PollControl, AnIntervalFourTimesTooShortGrowsAtTwiceThePaceOnceTheLineIsSure) {
  PollEvidence near = comfortable;
  near.intercept = 90s;  // best: 126 s
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  int samples = 0;
  for (; poll.poll_log2() < 7; ++samples) (void)poll.after_sample(near);
  EXPECT_EQ(samples, 5);  // the first one ends the start
  EXPECT_EQ(samples_to_longest(comfortable), 9);
  PollEvidence less_sure = comfortable;
  less_sure.deviation = less_sure.deviation_now = 2'500ns;
  EXPECT_EQ(samples_to_longest(less_sure), 17);
}

TEST(PollControl, TheIntervalShrinksOutsideTheBudgetDownToTheOperatorsLimit) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(strained);
  EXPECT_EQ(poll.poll_log2(), 6);
}

TEST(PollControl, ASurpriseShortensTheIntervalAtOnce) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  PollEvidence surprise = comfortable;
  surprise.surprise = 30;
  EXPECT_EQ(poll.after_sample(surprise), 256s);
}

TEST(PollControl, TheFirstBurstEndsAfterFourSamplesAndWaitsGrowWithTheBaseline) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10, .burst_at_start = true}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(poll.after_sample(strained), 2s);
  EXPECT_EQ(poll.after_sample(strained), 4s);
  EXPECT_FALSE(poll.in_burst());
  Nanos since = 10s;
  int requests = 0;
  for (; since / poll::baseline_shares < 64s; ++requests) {
    const Nanos wait = poll.after_sample(strained);
    EXPECT_EQ(wait, std::max(since / poll::baseline_shares, poll::first_wait));
    since += wait;
  }
  EXPECT_GE(requests, 10);
  EXPECT_LE(requests, 16);
  EXPECT_EQ(poll.after_sample(strained), 80s) << "the first that makes up for them";
}

// Waits of a start with a burst, 64 s being the least interval, until they are 64 s; 1000 at most.
std::vector<Nanos> waits_of_start(int most_log2) {
  PollControl poll{{.least_log2 = 6, .most_log2 = most_log2, .burst_at_start = true}};
  std::vector<Nanos> waits;
  while (waits.size() < 1000 && (waits.empty() || waits.back() != 64s))
    waits.push_back(poll.after_sample(strained));
  return waits;
}

TEST(PollControl, WhatTheStartAskedForEarlyIsMadeUpFor) {
  for (const int most_log2 : {6, 10}) {
    const auto waits = waits_of_start(most_log2);
    const Nanos length = std::accumulate(waits.begin(), waits.end(), Nanos{0});
    const auto as_many = static_cast<int>(length / 64s) + poll::start_good - 1;
    EXPECT_NEAR(static_cast<double>(waits.size()), as_many, 1) << "the burst itself is free";
    EXPECT_LT(waits.size(), most_log2 == 6 ? 230 : 80) << "and so it ends";
  }
}

TEST(PollControl, AWaitThatMakesUpIsLongerByAQuarterAndAtMaxpollByASixteenth) {
  const auto longest = [](const std::vector<Nanos>& waits) {
    return *std::max_element(waits.begin(), waits.end());
  };
  EXPECT_EQ(longest(waits_of_start(10)), 80s);
  EXPECT_EQ(longest(waits_of_start(6)), 68s);
}

TEST(PollControl, WithoutTheBurstTheStartIsTheGrowingWaitsAlone) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (const Nanos wait : {4'000ms, 4'000ms, 4'000ms, 4'000ms, 4'000ms, 5'000ms, 6'250ms})
    EXPECT_EQ(poll.after_sample(strained), wait);
}

TEST(PollControl, ALossDuringTheStartDoesNotEndIt) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  EXPECT_EQ(poll.after_loss(), 4s);
  EXPECT_EQ(poll.after_sample(strained), 4s);
  for (int i = 0; i < 16; ++i) (void)poll.after_loss();
  EXPECT_EQ(poll.after_loss(), 80s);
}

TEST(PollControl, AKnownOscillatorNeedsNoSlowStart) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10, .burst_at_start = true}};
  for (int i = 0; i < 3; ++i) (void)poll.after_sample(comfortable);
  EXPECT_EQ(poll.after_sample(comfortable), 64s);
}

TEST(PollControl, AnOscillatorKnownOnTrustAloneGetsTheWholeStart) {
  PollEvidence on_trust = comfortable;
  on_trust.is_on_trust = true;
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (const Nanos wait : {4'000ms, 4'000ms, 4'000ms, 4'000ms, 4'000ms, 5'000ms})
    EXPECT_EQ(poll.after_sample(on_trust), wait);
}

TEST(PollControl, ABurstWithoutAnswersEndsAfterEightRequests) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10, .burst_at_start = true}};
  int fast = 0;
  while (poll.after_loss() == 2s) ++fast;
  EXPECT_EQ(fast, 7);
}

TEST(PollControl, AWaitAfterALossMakesUpByAQuarterAtMaxpollToo) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 6, .burst_at_start = true}};
  while (poll.after_sample(strained) < 64s) continue;
  EXPECT_EQ(poll.after_loss(), 80s);
}

TEST(PollControl, ASilentServerIsAskedLessAndLess) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_loss();
  EXPECT_EQ(poll.poll_log2(), 10);
}

PollEvidence best_at(Nanos interval) {
  PollEvidence evidence = comfortable;
  evidence.intercept = to_nanos(to_seconds(interval) / poll::share_of_intercept);
  return evidence;
}

// By less than an octave and a fifth to and fro.
TEST(PollControl, TheIntervalStaysWhereItIsNearTheBestOne) {
  PollControl poll{{.least_log2 = 4, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(best_at(256s));
  EXPECT_EQ(poll.poll_log2(), 8);
  for (int i = 0; i < 100; ++i) {
    (void)poll.after_sample(best_at(i % 20 < 10 ? 185s : 400s));
    EXPECT_EQ(poll.poll_log2(), 8);
  }
}

// Two of three are lost: the best interval is nine times longer, and it is kept.
TEST(PollControl, LossesNowAndThenDoNotTurnTheInterval) {
  PollControl poll{{.least_log2 = 4, .most_log2 = 10}};
  int turns = 0, last_move = 0;
  for (int i = 0, before = poll.poll_log2(); i < 600; ++i) {
    (void)(i % 3 == 0 ? poll.after_sample(best_at(40s)) : poll.after_loss());
    const int move = poll.poll_log2() - before;
    if (move != 0) {
      turns += move * last_move < 0 ? 1 : 0;
      last_move = move;
    }
    before = poll.poll_log2();
  }
  EXPECT_EQ(turns, 0);
  EXPECT_EQ(poll.poll_log2(), 8);
}

// What it answered before is not forgotten over it.
TEST(PollControl, ALongSilenceIsNoShareOfLosses) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(best_at(64s));
  for (int i = 0; i < 100; ++i) (void)poll.after_loss();
  EXPECT_EQ(poll.poll_log2(), 10);
  for (int i = 0; i < 20; ++i) (void)poll.after_sample(best_at(80s));
  EXPECT_EQ(poll.poll_log2(), 6);
}

TEST(PollControl, SevenLossesInARowAreNoSilence) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(best_at(64s));
  for (int i = 0; i < 11; ++i) (void)poll.after_loss();
  EXPECT_EQ(poll.poll_log2(), 7);  // four of them are a silence
  (void)poll.put_on_line(0s);
  for (int i = 0; i < 7; ++i) (void)poll.after_loss();
  EXPECT_EQ(poll.poll_log2(), 7);
}

TEST(PollControl, AKissOfRateIsObeyedForEver) {
  PollControl poll{{.least_log2 = 4, .most_log2 = 10, .burst_at_start = true}};
  poll.slow_down(8);
  EXPECT_FALSE(poll.in_burst());
  for (int i = 0; i < 50; ++i) EXPECT_GE(poll.after_sample(strained), 256s);
}

TEST(PollControl, SubSecondPollsAreExact) {
  PollControl poll{{.least_log2 = -4, .most_log2 = -4}};
  EXPECT_EQ(poll.after_sample(comfortable), 62'500us);
}

TEST(PollControl, ALinkThatReturnsAfterALongGapIsMetWithABurst) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  (void)poll.link_returned(100s);
  EXPECT_FALSE(poll.in_burst());
  EXPECT_EQ(poll.link_returned(3600s), Nanos{0});
  EXPECT_TRUE(poll.in_burst());
}

TEST(PollControl, ALinkThatIsBackIsAskedAtHalfTheIntervalForTwoOfThem) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  (void)poll.link_returned(7200s);
  EXPECT_EQ(poll.after_sample(strained), 2s);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(poll.after_sample(strained), 512s);
  EXPECT_EQ(poll.after_sample(comfortable), 1024s + 64s) << "a sixteenth of three that are owed";
  for (int i = 1; i < 48; ++i) (void)poll.after_sample(comfortable);
  EXPECT_EQ(poll.after_sample(comfortable), 1024s) << "nothing is owed";
}

TEST(PollControl, WhatWasNotAskedForOffLinePaysFirstForWhatIsOwed) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  (void)poll.link_returned(7200s);
  while (poll.after_sample(strained) < 1024s) continue;
  (void)poll.put_on_line(3 * 1024s);
  for (int i = 0; i < 10; ++i) EXPECT_GE(poll.after_sample(comfortable), 1024s);
}

// The waits of a window of `length` after a gap without requests, at a maxpoll of 1024 s.
std::vector<Nanos> waits_after(Nanos gap, Nanos length) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  (void)poll.put_on_line(gap);
  std::vector<Nanos> waits;
  for (Nanos passed{0}; passed < length; passed += waits.back())
    waits.push_back(poll.after_sample(comfortable));
  return waits;
}

TEST(PollControl, WhatWasNotAskedForOffLineIsAskedForAfterIt) {
  const auto waits = waits_after(4h, 30min);
  EXPECT_EQ(waits[0], 2s) << "the burst";
  for (std::size_t i = 1; i < waits.size(); ++i) EXPECT_EQ(waits[i], 180s);
}

TEST(PollControl, AGapIsMadeUpForAndNoMore) {
  const auto waits = waits_after(4h, 24h);
  EXPECT_EQ(waits.back(), 1024s);
  const auto asked = static_cast<int>(waits.size());
  EXPECT_GT(asked, 28h / 1024s - 2);
  EXPECT_LE(asked, 28h / 1024s + 2) << "the burst has one more, and one is in part";
}

// Four hours are 14.06 requests at 1024 s; the burst takes one of them, and each early wait 0.82,
// while the link has just come back and is asked early for that alone, too.
TEST(PollControl, AnEarlyRequestIsBookedOnce) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  (void)poll.put_on_line(4h);
  EXPECT_EQ(poll.after_sample(strained), 2s) << "the burst";
  int early = 0;
  while (poll.after_sample(strained) == 180s) ++early;
  EXPECT_EQ(early, 15);
}

TEST(PollControl, AShortGapIsNotMadeUpFor) {
  for (const Nanos wait : waits_after(5min, 3h)) EXPECT_EQ(wait, 1024s);
}

TEST(PollControl, AKissOfRateEndsWhatIsMadeUpFor) {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  (void)poll.put_on_line(4h);
  (void)poll.after_sample(comfortable);
  poll.slow_down(9);
  for (int i = 0; i < 20; ++i) EXPECT_GE(poll.after_sample(comfortable), 512s);
}

// Settled at 1024 s, and nothing is owed.
PollControl settled() {
  PollControl poll{{.least_log2 = 6, .most_log2 = 10}};
  for (int i = 0; i < 100; ++i) (void)poll.after_sample(comfortable);
  return poll;
}

TEST(PollControl, OnNewsOneRequestIsMadeBeforeItsTimeAndMadeUpFor) {
  PollControl poll = settled();
  EXPECT_TRUE(poll.bring_forward(300s, 724s));
  EXPECT_EQ(poll.after_sample(comfortable), 724s) << "the one that was to come";
  for (int i = 0; i < 16; ++i) EXPECT_EQ(poll.after_sample(comfortable), 1024s + 64s) << i;
  EXPECT_EQ(poll.after_sample(comfortable), 1024s);
}

TEST(PollControl, ARequestOnNewsThatIsLostIsMadeOnceMore) {
  PollControl poll = settled();
  ASSERT_TRUE(poll.bring_forward(300s, 724s));
  EXPECT_EQ(poll.after_loss(), 2s);
  EXPECT_EQ(poll.after_loss(), 724s);
}

TEST(PollControl, NewsIsNotAskedAboutWhereARequestIsNewOrMoreAreOnTheirWay) {
  PollControl poll = settled();
  EXPECT_FALSE(poll.bring_forward(63s, 961s));
  EXPECT_FALSE(poll.bring_forward(1024s, 0s));
  PollControl fresh{{.least_log2 = 6, .most_log2 = 10}};
  EXPECT_FALSE(fresh.bring_forward(30s, 30s)) << "in the start";
  ASSERT_TRUE(poll.bring_forward(64s, 960s));
  EXPECT_FALSE(poll.bring_forward(100s, 900s)) << "in the burst";
}

TEST(PollControl, ASourceThatHasNewsEachTimeDoesNotHaveTheOthersAskedForEverMore) {
  PollControl poll = settled();
  Nanos passed{0};
  int requests = 0;
  for (; passed < 1000h; ++requests) {
    const Nanos wait = poll.after_sample(comfortable);
    const bool is_early = poll.bring_forward(wait / 8, wait - wait / 8);
    passed += is_early ? wait / 8 : wait;
  }
  EXPECT_LE(requests, 1000h / 1024s + 20);
}

TEST(PollControl, WhatTheOperatorOrdersOrAKissForbidsEndsWhatNewsBegan) {
  PollControl poll = settled();
  ASSERT_TRUE(poll.bring_forward(300s, 724s));
  (void)poll.begin_burst(1, 1);
  EXPECT_GE(poll.after_sample(comfortable), 1024s);
  ASSERT_TRUE(poll.bring_forward(300s, 724s));
  poll.slow_down(10);
  EXPECT_GE(poll.after_sample(comfortable), 1024s);
}

TEST(PollControl, OnlyWhoWasBelievedHasNews) {
  PollEvidence evidence = comfortable;
  evidence.surprise = 10.5;
  EXPECT_FALSE(is_news(evidence));
  evidence.was_selected = true;
  EXPECT_TRUE(is_news(evidence));
  evidence.surprise = 9.5;
  EXPECT_FALSE(is_news(evidence));
}

}  // namespace
}  // namespace ntp
