// Claims of the comparison of servers: the oscillator cancels, a drifter stands out, honest
// servers do not.
#include "common/sync/mutual_drift.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "common/sync/selection_params.h"

namespace ntp {
namespace {

// Three servers asked in turn over a wild oscillator; server 1 gains `drift`.
struct Servers {
  explicit Servers(unsigned seed, double drift, int rounds = 40) {
    std::mt19937 chance{seed};
    std::normal_distribution<double> normal;
    std::exponential_distribution<double> wait{1 / 5e-4};
    double rate = 10e-6, common = 0, now = 0;
    for (int i = 0; i < 3 * rounds; ++i) {
      for (int second = 0; second < 100; ++second, now += 1) {
        rate += 2e-9 * normal(chance);
        common += rate;
      }
      const std::size_t server = static_cast<std::size_t>(i) % 3;
      const double own = (server == 1 ? drift * now : 0) + (wait(chance) - wait(chance)) / 2;
      all[server].add(RawTime{to_nanos(now)}, to_nanos(common + own));
    }
  }
  [[nodiscard]] double doubt(std::size_t server) const {
    const std::array<MeasuredOffsets, 3> others{all[0].all(), all[1].all(), all[2].all()};
    return drift_in_deviations(all[server].all(), others).value_or(-1);
  }
  std::array<OffsetHistory, 3> all{};
};

TEST(MutualDrift, TheOscillatorCancelsAndTheDriftOfAFifthOfAPpmIsSeen) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Servers servers{seed, 2e-7};
    const auto drift = drift_between(servers.all[1].all(), servers.all[0].all());
    ASSERT_TRUE(drift);
    EXPECT_NEAR(drift->rate, 2e-7, 5 * drift->deviation);
    EXPECT_LT(drift->deviation, 4e-8);
  }
}

TEST(MutualDrift, OnlyTheDrifterStandsOutAgainstTheMedian) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Servers servers{seed, 4e-7};
    EXPECT_GT(servers.doubt(1), selection::drift_out);
    EXPECT_LT(servers.doubt(0), selection::drift_out);
    EXPECT_LT(servers.doubt(2), selection::drift_out);
  }
}

// One that is asked five times as often as the other: lines between the other's samples would be
// taken for samples, and three in ten pairs of honest servers for a pair that drifts.
TEST(MutualDrift, WhatLiesBetweenTwoSamplesIsNoEvidence) {
  std::mt19937 chance{1};
  std::exponential_distribution<double> wait{1 / 5e-4};
  int accused = 0;
  for (int pair = 0; pair < 200; ++pair) {
    OffsetHistory often, seldom;
    for (int i = 0; i < 64; ++i) {
      const RawTime now{40s * i};
      often.add(now, to_nanos((wait(chance) - wait(chance)) / 100));
      if (i % 5 == 0) seldom.add(now, to_nanos((wait(chance) - wait(chance)) / 2));
    }
    const auto there = drift_between(often.all(), seldom.all());
    const auto back = drift_between(seldom.all(), often.all());
    ASSERT_TRUE(there && back);
    EXPECT_EQ(there->rate, -back->rate);
    accused += std::abs(there->rate) > selection::drift_out * there->deviation ? 1 : 0;
  }
  EXPECT_LT(accused, 10);
}

TEST(MutualDrift, TwoServersOrFewSamplesAccuseNobody) {
  const Servers few{1, 1e-3, 5}, enough{1, 1e-3};
  EXPECT_EQ(few.doubt(1), -1);
  const std::array<MeasuredOffsets, 2> pair{enough.all[0].all(), enough.all[1].all()};
  EXPECT_FALSE(drift_in_deviations(enough.all[1].all(), pair));
}

}  // namespace
}  // namespace ntp
