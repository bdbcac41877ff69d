// See one_sided_update.h.
#include "common/sync/one_sided_update.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "common/sync/one_sided_params.h"

namespace ntp {
namespace {

constexpr double per_sqrt_2pi = 0.3989422804014327, log_sqrt_2pi = 0.9189385332046727;

// Moments of a Gaussian about a, of sd 1, of what of it is above 0: all cases of the update are
// ratios of them. A wait of `stages` needs those up to stages + 1.
template <int stages>
using Moments = std::array<double, stages + 2>;

// A Gaussian so far above 0 has nothing below that a double could hold.
constexpr double all_above = 8.5;
// One so far below has so little above that differences cannot tell it.
constexpr double thin_tail = -12;

// The thin tail's, over the Gaussian's density at 0: an asymptotic series.
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
  Moments<stages> j{};
  j[0] = 0.5 * std::erfc(-a / std::numbers::sqrt2);
  j[1] = a * j[0] + per_sqrt_2pi * std::exp(-a * a / 2);
  for (std::size_t n = 1; n <= stages; ++n) j[n + 1] = a * j[n] + static_cast<double>(n) * j[n - 1];
  return j;
}

template <int exponent, typename Real>
Real power(const Real& base) {
  Real result{1};
  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

// The waiting time as the measurement shows it, in sds of what it is measured with.
struct Wait {
  double mean = 0;
  double variance = 1;
  double evidence = 0;  // less the exponential
};

// `a`: where the wait's mean would be if it had no least.
template <int stages>
Wait infer_wait(double a) {
  constexpr std::size_t k = stages;
  if (a > all_above) {
    const double extra = (stages - 1) / (stages == 3 ? a + 1 / a : a), e = extra / a;
    return {a + extra, 1 - e + (stages == 3 ? e * e : 0),
            power<stages - 1>(a) + (stages == 3 ? 1 : 0)};
  }
  const Moments<stages> j = a < thin_tail ? tail_moments<stages>(a) : moments<stages>(a);
  const double per_mass = 1 / j[k - 1], first = j[k] * per_mass;
  return {first, j[k + 1] * per_mass - first * first, j[k - 1]};
}

// What one direction's measurement shows, and with which density.
template <typename Real>
struct Inferred {
  Real wait_mean{};      // s
  Real wait_variance{};  // s^2
  Real evidence{};       // 1/s
};

template <int stages, typename Real>
Inferred<Real> infer_waits(const Real& error, const Real& spread2, double per_wait) {
  const Real sd = each([](double s) { return std::sqrt(s); }, spread2);
  const Real shape = sd * per_wait, z = error / sd, a = z - shape;
  const Real exponent =
      each([](double za, double aa,
              double s) { return aa < thin_tail ? -za * za / 2 - log_sqrt_2pi : s * (s / 2 - za); },
           z, a, shape);
  Inferred<Real> seen;
  visit(
      [](double at, double e, double& mean, double& variance, double& evidence) {
        const Wait wait = infer_wait<stages>(at);
        mean = wait.mean;
        variance = std::clamp(wait.variance, one_sided::least_wait_share, 1.0);
        evidence = wait.evidence * std::exp(e);
      },
      a, exponent, seen.wait_mean, seen.wait_variance, seen.evidence);
  constexpr double per_factorial = stages == 3 ? 0.5 : 1;  // 1 / (k - 1)!
  seen.wait_mean = seen.wait_mean * sd;
  seen.wait_variance = seen.wait_variance * spread2;
  seen.evidence = seen.evidence * power<stages - 1>(shape) * (per_wait * per_factorial);
  return seen;
}

template <typename Real>
Inferred<Real> infer(const Real& error, const Real& spread2, const Noise& noise) {
  switch (noise.stages) {
    case 1: return infer_waits<1>(error, spread2, 1 / noise.wait);
    case 2: return infer_waits<2>(error, spread2, 1 / noise.wait);
    case 3: return infer_waits<3>(error, spread2, 1 / noise.wait);
    default: break;
  }
  return {.evidence = each(
              [](double e, double s2) {
                return std::exp(-e * e / (2 * s2)) * per_sqrt_2pi / std::sqrt(s2);
              },
              error, spread2)};
}

template <typename Real>
Posterior<Real> condition_all(const Real& mean, const Real& variance, double observed,
                              const Noise& noise) {
  const double jitter2 = noise.jitter * noise.jitter;
  const Real error = observed - mean, spread2 = variance + jitter2, per_spread2 = 1.0 / spread2;
  const Inferred<Real> seen = infer(error, spread2, noise);
  const Real gain = variance * per_spread2, left = error - seen.wait_mean;
  Posterior<Real> after;
  after.mean = mean + gain * left;
  after.variance =
      smaller(variance, larger(one_sided::least_left_share * variance,
                               variance - gain * gain * (spread2 - seen.wait_variance)));
  after.evidence = seen.evidence;
  // d ln Z / d J = E[wait]/J^2 - k/J; d ln Z / d W = (E[(left)^2]/W - 1) / (2 W).
  after.scale_gradient =
      jitter2 * per_spread2 * ((left * left + seen.wait_variance) * per_spread2 - 1.0);
  if (noise.stages > 0) {
    const double per_wait = 1 / noise.wait, stages = noise.stages;
    after.scale_gradient += seen.wait_mean * per_wait - stages;
  }
  return after;
}

template <typename Real>
Posterior<Real> condition_all_robustly(const Real& mean, const Real& variance, double observed,
                                       const Noise& noise, const Outliers& outliers) {
  Posterior<Real> after = condition_all(mean, variance, observed, noise);
  const Real error = observed - mean;
  const double size = noise.size(), usual_scale = one_sided::outlier_scales * size;
  const double late_share = std::max(outliers.share, one_sided::least_late_share);
  const double late_scale = outliers.scale > 0
                                ? std::max(outliers.scale, one_sided::least_outlier_scales * size)
                                : usual_scale;
  // share/scale, and past the scale falling as its inverse square.
  const double per_late = late_share / late_scale, per_early = outliers.early_share / usual_scale;
  const Real odd = each(
      [&](double e) {
        return e > late_scale ? late_share * late_scale / (e * e) : e > 0 ? per_late : per_early;
      },
      error);
  const Real possible = each([&](double e) { return e > 0 ? 1 - late_share : 1; }, error);
  const Real normal = possible * after.evidence;
  const Real p = normal / (normal + odd);

  const Real move = after.mean - mean;
  after.mean = mean + p * move;
  after.variance =
      smaller(variance, variance + p * (after.variance - variance) + p * (1.0 - p) * move * move);
  after.evidence = normal + odd;
  after.normal = p;
  return after;
}

}  // namespace

Posterior<double> condition(double mean, double variance, double observed, const Noise& noise) {
  return condition_all(mean, variance, observed, noise);
}

Posterior<double> condition_robustly(double mean, double variance, double observed,
                                     const Noise& noise, const Outliers& outliers) {
  return condition_all_robustly(mean, variance, observed, noise, outliers);
}

Posterior<PerLevel> condition_robustly(const PerLevel& mean, const PerLevel& variance,
                                       double observed, const Noise& noise,
                                       const Outliers& outliers) {
  return condition_all_robustly(mean, variance, observed, noise, outliers);
}

}  // namespace ntp
