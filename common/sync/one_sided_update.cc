// See one_sided_update.h.
#include "common/sync/one_sided_update.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "common/sync/one_sided_params.h"

namespace ntp {
namespace {

constexpr double sqrt_2pi = 2.5066282746310002;
constexpr double per_sqrt_2pi = 0.3989422804014327;

// j_n(a): the n-th moment of a Gaussian's part above -a, over the density phi(a). All cases of
// the update are ratios of them. A wait of `stages` needs those up to stages + 1.
template <int stages>
using Moments = std::array<double, stages + 2>;

// Far below: the part above is a thin tail, an asymptotic series.
template <int stages>
Moments<stages> tail_moments(double a) {
  Moments<stages> j{};
  const double r = -1 / a;
  double lead = r, n = 0;
  for (double& moment : j) {
    const double c1 = (n + 1) * (n + 2) / 2, c2 = c1 * (n + 3) * (n + 4) / 4;
    moment = lead * (1 - c1 * r * r + c2 * r * r * r * r);
    lead *= (n + 1) * r;
    ++n;
  }
  return j;
}

template <int stages>
Moments<stages> moments(double a) {
  if (a < -12) return tail_moments<stages>(a);
  Moments<stages> j{};
  j[0] = 0.5 * std::erfc(-a / std::numbers::sqrt2) * sqrt_2pi * std::exp(a * a / 2);
  j[1] = a * j[0] + 1;
  for (std::size_t n = 1; n <= stages; ++n) j[n + 1] = a * j[n] + static_cast<double>(n) * j[n - 1];
  return j;
}

template <int exponent>
double power(double base) {
  double result = 1;
  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

// The waiting time as the measurement shows it.
struct Wait {
  double mean = 0;
  double variance = 0;
  double evidence = 0;
};

template <int stages>
Wait infer_wait(double error, double spread2, const Noise& noise) {
  constexpr std::size_t k = stages;
  constexpr double per_factorial = k == 3 ? 0.5 : 1;  // 1 / (k - 1)!
  const double sd = std::sqrt(spread2), per_sd = 1 / sd, per_wait = 1 / noise.wait;
  const double a = error * per_sd - sd * per_wait;
  const double stage_factor = power<stages - 1>(sd * per_wait) * per_wait * per_factorial;
  Wait wait;
  if (a > 30) {  // far above: no truncation, the wait explains the error
    const double mu = a * sd, extra = (stages - 1) * spread2 / mu;
    wait.mean = mu + extra;
    wait.variance = spread2 * (1 - extra / mu);
    wait.evidence = std::exp(-error * per_wait + spread2 * per_wait * per_wait / 2) *
                    power<stages - 1>(a) * stage_factor;
  } else {
    const Moments<stages> j = moments<stages>(a);
    const double per_mass = 1 / j[k - 1], first = j[k] * per_mass;
    wait.mean = sd * first;
    wait.variance = spread2 * (j[k + 1] * per_mass - first * first);
    const double z = error * per_sd;
    wait.evidence = std::exp(-z * z / 2) * per_sqrt_2pi * j[k - 1] * stage_factor;
  }
  wait.variance = std::clamp(wait.variance, one_sided::least_wait_share * spread2, spread2);
  return wait;
}

Wait infer(double error, double spread2, const Noise& noise) {
  switch (noise.stages) {
    case 1: return infer_wait<1>(error, spread2, noise);
    case 2: return infer_wait<2>(error, spread2, noise);
    case 3: return infer_wait<3>(error, spread2, noise);
    default: break;
  }
  const double density = std::exp(-error * error / (2 * spread2)) * per_sqrt_2pi;
  return {.evidence = density / std::sqrt(spread2)};
}

}  // namespace

Posterior condition(double mean, double variance, double observed, const Noise& noise) {
  const double error = observed - mean;
  const double spread2 = variance + noise.jitter * noise.jitter;
  const Wait wait = infer(error, spread2, noise);
  const double per_spread2 = 1 / spread2;
  const double gain = variance * per_spread2, left = error - wait.mean;
  Posterior after;
  after.mean = mean + gain * left;
  after.variance = std::clamp(variance - gain * gain * (spread2 - wait.variance),
                              one_sided::least_left_share * variance, variance);
  after.evidence = wait.evidence;
  // d ln Z / d J = E[wait]/J^2 - k/J; d ln Z / d W = (E[(left)^2]/W - 1) / (2 W).
  after.scale_gradient =
      noise.jitter * noise.jitter * per_spread2 * ((left * left + wait.variance) * per_spread2 - 1);
  if (noise.stages > 0) after.scale_gradient += wait.mean / noise.wait - noise.stages;
  return after;
}

RobustPosterior condition_robustly(double mean, double variance, double observed,
                                   const Noise& noise, const Outliers& outliers) {
  RobustPosterior robust{condition(mean, variance, observed, noise)};
  Posterior& after = robust.posterior;
  const double error = observed - mean, size = noise.size();
  const bool is_late = error > 0;
  const double share =
      is_late ? std::max(outliers.share, one_sided::least_late_share) : outliers.early_share;
  const double scale = is_late && outliers.scale > 0
                           ? std::max(outliers.scale, one_sided::least_outlier_scales * size)
                           : one_sided::outlier_scales * size;
  // share/scale, and past the scale falling as its inverse square.
  const double odd = error > scale ? share * scale / (error * error) : share / scale;
  const double normal = (1 - (is_late ? share : 0)) * after.evidence;
  const double p = normal / (normal + odd);

  const double move = after.mean - mean;
  after.mean = mean + p * move;
  after.variance =
      std::min(variance, variance + p * (after.variance - variance) + p * (1 - p) * move * move);
  after.evidence = normal + odd;
  robust.normal = p;
  return robust;
}

}  // namespace ntp
