// See wander_bank.h.
#include "common/sync/wander_bank.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

using Levels = std::array<double, wander::count>;

Levels prior_weights() {
  Levels weights{};
  double sum = 0;
  for (std::size_t i = 0; i < wander::count; ++i) {
    const double e_folds = std::log(wander::levels[i] / wander::usual_level) / wander::prior_width;
    sum += weights[i] = std::exp(-e_folds * e_folds / 2);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

const Levels prior = prior_weights();

constexpr double density(std::size_t level) {
  return wander::levels[level] * wander::levels[level];
}

// One direction of a measurement through one filter; adds what it says to the verdict.
double update_one(LineBelief& filter, double weight, const Sight& sight, double measured,
                  const Noise& noise, const Outliers& outliers, Verdict& verdict, double& normal) {
  const auto seen = look(filter, sight);
  const auto robust = condition_robustly(seen.value, seen.variance, measured, noise, outliers);
  absorb(filter, seen, robust.posterior.mean, robust.posterior.variance);
  verdict.error += weight * (measured - seen.value);
  verdict.scale_gradient += weight * robust.posterior.scale_gradient;
  normal = robust.normal;
  return robust.posterior.evidence;
}

}  // namespace

void WanderBank::start(const LineBelief& belief) {
  filters_.fill(belief);
  for (std::size_t i = 0; i < wander::count; ++i) {
    const double doubt = wander::least_doubt[i] * wander::least_doubt[i];
    double& variance = filters_[i].cov(rate_part, rate_part);
    variance = std::max(variance, doubt);
  }
  weights_ = prior;
}

void WanderBank::advance(double elapsed, bool jumps) {
  if (jumps) mix_for_jumps();
  for (std::size_t i = 0; i < wander::count; ++i) ntp::advance(filters_[i], elapsed, density(i));
}

void WanderBank::mix_for_jumps() {
  const LineBelief all = mixture();
  for (std::size_t i = 0; i < wander::count; ++i) {
    LineBelief& filter = filters_[i];
    const double arriving = wander::jump_chance * prior[i];
    const double weight = (1 - wander::jump_chance) * weights_[i] + arriving;
    const double share = arriving / weight;
    std::array<double, 4> apart{};
    for (std::size_t j = 0; j < 4; ++j) {
      apart[j] = all.mean[j] - filter.mean[j];
      filter.mean[j] += share * apart[j];
    }
    for (std::size_t c = 0; c < filter.cov.size; ++c) {
      filter.cov[c] += share * (all.cov[c] - filter.cov[c]);
    }
    add_outer(filter.cov, share * (1 - share), apart);
    weights_[i] = weight;
  }
}

BankVerdict WanderBank::update(const Delays& delays, const TwoWayNoise& noise,
                               const TwoWayOutliers& outliers) {
  const Sight up{.sign = 1, .half = delays.half}, down{.sign = -1, .half = delays.half};
  BankVerdict verdict;
  Levels normal_up{}, normal_down{};
  double sum = 0;
  for (std::size_t i = 0; i < wander::count; ++i) {
    const double weight = weights_[i];
    const double evidence = update_one(filters_[i], weight, up, delays.up, noise.up, outliers.up,
                                       verdict.up, normal_up[i]) *
                            update_one(filters_[i], weight, down, delays.down, noise.down,
                                       outliers.down, verdict.down, normal_down[i]);
    sum += weights_[i] = weight * evidence;
  }
  for (std::size_t i = 0; i < wander::count; ++i) {
    weights_[i] /= sum;
    verdict.up.normal += weights_[i] * normal_up[i];
    verdict.down.normal += weights_[i] * normal_down[i];
  }
  verdict.log_evidence = std::log(sum);
  return verdict;
}

std::array<double, 4> WanderBank::means() const {
  std::array<double, 4> all{};
  for (std::size_t i = 0; i < wander::count; ++i) {
    for (std::size_t j = 0; j < 4; ++j) all[j] += weights_[i] * filters_[i].mean[j];
  }
  return all;
}

LineBelief WanderBank::mixture() const {
  LineBelief all;
  all.mean = means();
  for (std::size_t i = 0; i < wander::count; ++i) {
    const LineBelief& filter = filters_[i];
    std::array<double, 4> apart{};
    for (std::size_t j = 0; j < 4; ++j) apart[j] = filter.mean[j] - all.mean[j];
    for (std::size_t c = 0; c < all.cov.size; ++c) all.cov[c] += weights_[i] * filter.cov[c];
    add_outer(all.cov, weights_[i], apart);
  }
  return all;
}

double WanderBank::wander() const {
  double log_level = 0;
  for (std::size_t i = 0; i < wander::count; ++i) log_level += weights_[i] * std::log(density(i));
  return std::exp(log_level);
}

double WanderBank::mean_wander() const {
  double sum = 0;
  for (std::size_t i = 0; i < wander::count; ++i) sum += weights_[i] * density(i);
  return sum;
}

}  // namespace ntp
