// Claims of expectation propagation: what a few exchanges say together is more than what they say
// one after the other, hardly depends on their order, and is never far off.
#include "common/sync/expectation_propagation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "common/sync/wander_bank.h"

namespace ntp {
namespace {

constexpr double base = 0.03;
constexpr std::array<double, 16> times{0,  2,  4,  6,  10,  15,  21,  28,
                                       37, 48, 62, 80, 103, 132, 168, 214};

struct Noisy {
  double wait = 1e-4;
  TwoWayNoise noise{{wait, wait / 200, 1}, {wait, wait / 200, 1}};

  // The clock is right, so that offset and rate are 0.
  [[nodiscard]] std::vector<TimedDelays> start(unsigned seed) const {
    std::mt19937 chance{seed};
    std::exponential_distribution<double> waits{1 / wait};
    std::vector<TimedDelays> batch;
    for (const double time : times) {
      const double up = base + waits(chance), down = base + waits(chance);
      batch.push_back({time, {.half = (up + down) / 2, .up = up, .down = down}});
    }
    return batch;
  }
};

LineBelief before(const TimedDelays& first) {
  const double trip = first.delays.round_trip(0);
  LineBelief belief;
  belief.reset(offset_part, first.delays.offset(), square(trip / 2));
  belief.reset(rate_part, 0, square(5e-5));
  belief.reset(base_part, trip / 2, square(trip / 4));
  return belief;
}

WanderBank one_after_the_other(const std::vector<TimedDelays>& batch, const TwoWayNoise& noise) {
  WanderBank bank;
  bank.start(before(batch.front()));
  double time = batch.front().time;
  for (const TimedDelays& exchange : batch) {
    bank.advance(exchange.time - time, false);
    time = exchange.time;
    bank.update(exchange.delays, noise, {});
  }
  return bank;
}

// Of the calmest level.
Projection<2> calm(const LevelBeliefs& all) {
  return {.value = all.mean[offset_part][0], .variance = all.cov(offset_part, offset_part)[0]};
}

LevelBeliefs together(const std::vector<TimedDelays>& batch, const TwoWayNoise& noise) {
  LevelBeliefs prior;
  const LineBelief first = before(batch.front());
  for (std::size_t i = 0; i < 4; ++i) prior.mean[i] = PerLevel{first.mean[i]};
  for (std::size_t c = 0; c < first.cov.size; ++c) prior.cov[c] = PerLevel{first.cov[c]};
  return taken_together(prior, PerLevel{1e-20}, batch, noise, {});
}

TEST(ExpectationPropagation, ExchangesTogetherSayMoreThanOneAfterTheOther) {
  const Noisy path;
  double apart = 0, joint = 0, rate_apart = 0, rate_joint = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    const auto batch = path.start(seed);
    const LineBelief one = one_after_the_other(batch, path.noise).mixture();
    const LevelBeliefs all = together(batch, path.noise);
    apart += square(one.mean[offset_part]);
    joint += square(calm(all).value);
    rate_apart += square(one.mean[rate_part]);
    rate_joint += square(all.mean[rate_part][0]);
  }
  EXPECT_LT(joint, 0.85 * apart);  // variances
  EXPECT_LT(rate_joint, 0.7 * rate_apart);
}

TEST(ExpectationPropagation, WhatTheySayIsHonestAndNeverFarOff) {
  const Noisy path;
  for (const std::size_t count : {4, 8, 16}) {
    double squares = 0, claimed = 0, worst = 0;
    for (unsigned seed = 1; seed <= 400; ++seed) {
      auto batch = path.start(seed);
      batch.resize(count);
      const auto found = calm(together(batch, path.noise));
      squares += square(found.value);
      claimed += found.variance;
      worst = std::max(worst, std::abs(found.value));
    }
    EXPECT_NEAR(std::sqrt(squares / claimed), 1, 0.25) << count;
    EXPECT_LT(worst, 2 * path.wait) << count;
  }
}

// A third of the packets meets a queue of 30 waits, which is no noise that anyone told of.
TEST(WanderBank, WhatLeadsFarAwayIsNotTaken) {
  const Noisy path;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    auto batch = path.start(seed);
    std::mt19937 chance{seed};
    std::exponential_distribution<double> queue{1 / (30 * path.wait)};
    for (TimedDelays& exchange : batch) {
      if (chance() % 3 == 0) exchange.delays.up += queue(chance);
      if (chance() % 3 == 0) exchange.delays.down += queue(chance);
    }
    WanderBank bank = one_after_the_other(batch, path.noise);
    const LineBelief was = bank.mixture();
    bank.retake(before(batch.front()), batch, path.noise, {});
    const double moved = bank.mixture().mean[offset_part] - was.mean[offset_part];
    EXPECT_LT(std::abs(moved), 5 * std::sqrt(was.cov(offset_part, offset_part))) << seed;
  }
}

TEST(ExpectationPropagation, TheOrderIsOfLittleAccount) {
  const Noisy path;
  for (unsigned seed = 1; seed <= 50; ++seed) {
    auto batch = path.start(seed);
    const auto found = calm(together(batch, path.noise));
    std::ranges::reverse(batch.begin() + 1, batch.end() - 1);  // the ends say when it is
    const auto turned = calm(together(batch, path.noise));
    EXPECT_NEAR(turned.value, found.value, 0.3 * std::sqrt(found.variance)) << seed;
  }
}

TEST(ExpectationPropagation, ALateExchangeIsAsIfItWereNotThere) {
  const Noisy path;
  auto batch = path.start(3);
  const auto without = calm(together(batch, path.noise));
  for (const std::size_t late : {3, 7, 11}) {
    auto with = batch;
    with[late].delays.up += 1;
    const auto found = calm(together(with, path.noise));
    EXPECT_LT(std::abs(found.value), 2 * path.wait) << late;
    EXPECT_LT(found.variance, 3 * without.variance) << late;
  }
}

}  // namespace
}  // namespace ntp
