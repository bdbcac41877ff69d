// What one delay says about the clock. A packet is never early: its delay is the base delay
// plus waiting time, which is positive, plus a little two-sided jitter. So a measurement is
// nearly a hard bound on one side and vague on the other, and the least-squares view of it
// (an error of either sign, of a size that the round trip tells) throws most of it away.
//
// Here a Gaussian prediction z meets w = z + E + n, with E a sum of `stages` exponential waits
// and n Gaussian. The exact posterior is a truncated Gaussian; we keep its mean and variance
// (moment matching; ALGORITHM.md section 2). The likelihood is log-concave, so the variance
// never grows. The evidence comes in the linear domain: its logarithms are not needed, since
// the outlier part keeps it above zero.
#pragma once

#include "common/sync/per_level.h"

namespace ntp {

struct Noise {
  double wait = 0;    // mean of one exponential stage, s; > 0 when stages > 0
  double jitter = 0;  // sd of the two-sided part, s; > 0
  int stages = 1;     // 0 .. 3; 0: Gaussian only

  [[nodiscard]] double size() const { return wait * (stages > 1 ? stages : 1) + jitter; }
};

// The measurements that the noise does not explain: a share of them, with a tail of 1/e^2
// past `scale`. A packet that is too early has no excuse but an error of ours; among several
// sources also one of its server.
struct Outliers {
  double share = 0.02;        // of late packets, 0 < share < 1
  double scale = 0;           // s; 0: not learnt yet
  double early_share = 1e-9;  // of packets that are too early
};

// Of one belief, or of one for each level.
template <typename Real>
struct Posterior {
  Real mean{};            // of z
  Real variance{};        // of z, <= the prior's
  Real evidence{};        // density of w, 1/s
  Real scale_gradient{};  // d ln(evidence) / d ln(noise scale)
  Real normal{1.0};       // probability that the measurement is no outlier
};

// REQUIRES: variance > 0, noise.jitter > 0. Knows no outliers.
[[nodiscard]] Posterior<double> condition(double mean, double variance, double observed,
                                          const Noise& noise);

[[nodiscard]] Posterior<double> condition_robustly(double mean, double variance, double observed,
                                                   const Noise& noise, const Outliers& outliers);
[[nodiscard]] Posterior<PerLevel> condition_robustly(const PerLevel& mean, const PerLevel& variance,
                                                     double observed, const Noise& noise,
                                                     const Outliers& outliers);

}  // namespace ntp
