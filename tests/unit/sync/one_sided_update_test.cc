// Claims of the one-sided update, against numerical integration of the exact posterior.
#include "common/sync/one_sided_update.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ntp {
namespace {

struct Exact {
  double mean = 0, variance = 0, evidence = 0;
};

double erlang(double e, double wait, int stages) {
  if (e < 0) return 0;
  return std::pow(e / wait, stages - 1) * std::exp(-e / wait) / (wait * std::tgamma(stages));
}

// z ~ N(mean, variance), w = z + E + n: the posterior of z by brute force over E. With E given
// all is Gaussian.
Exact integrate(double mean, double variance, double w, const Noise& noise) {
  const double spread2 = variance + noise.jitter * noise.jitter, gain = variance / spread2;
  const double sd = std::sqrt(spread2);
  const double low = std::max(0.0, w - mean - spread2 / noise.wait - 12 * sd);
  const double high = std::max(low, w - mean) + 12 * sd;
  constexpr int steps = 20'000;
  const double step = (high - low) / steps;
  double mass = 0, first = 0, second = 0;
  for (int i = 0; i < steps; ++i) {
    const double e = low + (i + 0.5) * step, left = w - mean - e;
    const double density = erlang(e, noise.wait, noise.stages) *
                           std::exp(-left * left / (2 * spread2)) / std::sqrt(2 * M_PI * spread2);
    const double z = mean + gain * left;
    mass += density * step;
    first += density * step * z;
    second += density * step * (z * z + variance - gain * variance);
  }
  return {first / mass, second / mass - first / mass * first / mass, mass};
}

struct Case {
  double prior_sd, observed, wait, jitter;
  int stages;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const double prior_sd : {0.05, 1.0, 20.0}) {
    for (const double observed : {-30.0, -3.0, -0.3, 0.0, 0.7, 4.0, 50.0}) {
      for (const double jitter : {0.02, 0.5}) {
        for (const int stages : {1, 2, 3}) all.push_back({prior_sd, observed, 1.0, jitter, stages});
      }
    }
  }
  return all;
}

TEST(OneSidedUpdate, MatchesTheMomentsOfTheExactPosterior) {
  for (const Case& c : cases()) {
    const Noise noise{c.wait, c.jitter, c.stages};
    const double variance = c.prior_sd * c.prior_sd;
    const Exact exact = integrate(0, variance, c.observed, noise);
    if (!(exact.evidence > 1e-250)) continue;  // brute force has underflowed
    const auto found = condition(0, variance, c.observed, noise);
    const double sd = std::sqrt(exact.variance);
    SCOPED_TRACE(testing::Message()
                 << c.prior_sd << ' ' << c.observed << ' ' << c.jitter << ' ' << c.stages);
    EXPECT_NEAR(found.mean, exact.mean, 2e-3 * sd + 1e-9);
    EXPECT_NEAR(found.variance / exact.variance, 1, 5e-3);
    EXPECT_NEAR(found.evidence / exact.evidence, 1, 2e-3);
  }
}

TEST(OneSidedUpdate, AMeasurementNeverWidensTheBelief) {
  for (const Case& c : cases()) {
    const double variance = c.prior_sd * c.prior_sd;
    const auto found = condition(0, variance, c.observed, {c.wait, c.jitter, c.stages});
    EXPECT_LE(found.variance, variance);
    EXPECT_GT(found.variance, 0);
  }
}

TEST(OneSidedUpdate, WithoutWaitsItIsTheKalmanUpdate) {
  const auto found = condition(1, 4, 3, {.wait = 0, .jitter = 1, .stages = 0});
  EXPECT_DOUBLE_EQ(found.mean, 1 + 4.0 / 5 * 2);
  EXPECT_NEAR(found.variance, 4.0 / 5, 1e-12);
  EXPECT_NEAR(found.evidence, std::exp(-4.0 / 10) / std::sqrt(2 * M_PI * 5), 1e-15);
}

TEST(OneSidedUpdate, TheScaleGradientIsTheSlopeOfTheLogEvidence) {
  for (const Case& c : cases()) {
    const double variance = c.prior_sd * c.prior_sd, h = 1e-4;
    const auto log_evidence = [&](double scale) {
      return std::log(
          condition(0, variance, c.observed, {c.wait * scale, c.jitter * scale, c.stages})
              .evidence);
    };
    const auto found = condition(0, variance, c.observed, {c.wait, c.jitter, c.stages});
    if (!(found.evidence > 1e-250)) continue;
    const double slope = (log_evidence(std::exp(h)) - log_evidence(std::exp(-h))) / (2 * h);
    EXPECT_NEAR(found.scale_gradient, slope, 2e-3 * (1 + std::abs(slope)))
        << c.prior_sd << ' ' << c.observed << ' ' << c.jitter << ' ' << c.stages;
  }
}

// Where the belief is so far above what a wait allows, or below, that another form says the same.
TEST(OneSidedUpdate, NothingJumpsWhereTheFormChanges) {
  for (const int stages : {1, 2, 3}) {
    for (const double a : {-12.0, 8.5}) {
      const Noise noise{.wait = 1, .jitter = 0.6, .stages = stages};
      const double sd = std::hypot(0.8, noise.jitter), h = 1e-9;
      const auto before = condition(0, 0.64, sd * (a - h + sd), noise);
      const auto after = condition(0, 0.64, sd * (a + h + sd), noise);
      SCOPED_TRACE(testing::Message() << stages << ' ' << a);
      EXPECT_NEAR(after.mean, before.mean, 2e-3 * sd);
      EXPECT_NEAR(after.variance / before.variance, 1, 5e-3);
      EXPECT_NEAR(after.evidence / before.evidence, 1, 1e-3);
    }
  }
}

TEST(OneSidedUpdate, AnEarlyPacketIsAHardBoundAndALateOneIsNot) {
  const Noise noise{.wait = 1, .jitter = 0.01, .stages = 1};
  const double early = condition(0, 1, -3, noise).mean, late = condition(0, 1, 3, noise).mean;
  EXPECT_LT(early, -2.9);
  EXPECT_LT(late, 1.1);
}

TEST(RobustUpdate, AVeryLatePacketMovesNothing) {
  const Noise noise{.wait = 1e-4, .jitter = 1e-6, .stages = 1};
  const auto found = condition_robustly(0, 1e-10, 1.0, noise, {});
  EXPECT_LT(found.normal, 1e-6);
  EXPECT_NEAR(found.mean, 0, 1e-7);
  EXPECT_NEAR(found.variance, 1e-10, 1e-12);
}

TEST(RobustUpdate, EveryLevelLearnsWhatItWouldLearnAlone) {
  const Outliers outliers{.share = 0.1, .scale = 30, .early_share = 1e-4};
  for (const double observed : {-20.0, -1.0, 0.5, 4.0, 90.0}) {
    for (const int stages : {0, 1, 2, 3}) {
      const Noise noise{.wait = 1, .jitter = 0.1, .stages = stages};
      PerLevel mean, variance;
      for (std::size_t i = 0; i < wander::count; ++i) {
        const double level = static_cast<double>(i);
        mean[i] = level - 3;
        variance[i] = std::exp(level - 4);
      }
      const auto found = condition_robustly(mean, variance, observed, noise, outliers);
      for (std::size_t i = 0; i < wander::count; ++i) {
        const auto alone = condition_robustly(mean[i], variance[i], observed, noise, outliers);
        EXPECT_DOUBLE_EQ(found.mean[i], alone.mean);
        EXPECT_DOUBLE_EQ(found.variance[i], alone.variance);
        EXPECT_DOUBLE_EQ(found.evidence[i], alone.evidence);
        EXPECT_DOUBLE_EQ(found.scale_gradient[i], alone.scale_gradient);
        EXPECT_DOUBLE_EQ(found.normal[i], alone.normal);
      }
    }
  }
}

TEST(RobustUpdate, EvidenceStaysAboveZeroForAbsurdMeasurements) {
  for (const double observed : {-1e9, -1e3, -1.0, 1.0, 1e3, 1e9}) {
    for (const int stages : {0, 1, 2, 3}) {
      const auto found = condition_robustly(0, 1e-18, observed, {1e-8, 1e-8, stages}, {});
      EXPECT_GT(found.evidence, 0);
      EXPECT_TRUE(std::isfinite(found.mean));
      EXPECT_GT(found.variance, 0);
      EXPECT_LE(found.variance, 1e-18);
    }
  }
}

}  // namespace
}  // namespace ntp
