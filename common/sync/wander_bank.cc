// See wander_bank.h.
#include "common/sync/wander_bank.h"

#include <algorithm>
#include <cmath>

#include "common/sync/expectation_propagation.h"
#include "common/sync/expectation_propagation_params.h"

namespace ntp {
namespace {

double total(const PerLevel& numbers) {
  double sum = 0;
  visit([&](double number) { sum += number; }, numbers);
  return sum;
}

PerLevel prior_weights() {
  PerLevel weights;
  for (std::size_t i = 0; i < wander::count; ++i) {
    const double e_folds = std::log(wander::levels[i] / wander::usual_level) / wander::prior_width;
    weights[i] = std::exp(-e_folds * e_folds / 2);
  }
  return weights / total(weights);
}

constexpr PerLevel all_densities() {
  PerLevel densities;
  for (std::size_t i = 0; i < wander::count; ++i) densities[i] = square(wander::levels[i]);
  return densities;
}

constexpr PerLevel shares_that_pass() {
  PerLevel shares;
  for (std::size_t i = 0; i < wander::count; ++i) {
    shares[i] = wander::levels[i] > wander::usual_level ? wander::passing_share : 0;
  }
  return shares;
}

const PerLevel usual_weights = prior_weights();
constexpr PerLevel densities = all_densities();
constexpr PerLevel passing_shares = shares_that_pass();

}  // namespace

LineBelief WanderBank::filter(std::size_t level) const {
  LineBelief belief;
  for (std::size_t i = 0; i < 4; ++i) belief.mean[i] = filters_.mean[i][level];
  for (std::size_t c = 0; c < belief.cov.size; ++c) belief.cov[c] = filters_.cov[c][level];
  return belief;
}

void WanderBank::put(std::size_t level, const LineBelief& belief) {
  for (std::size_t i = 0; i < 4; ++i) filters_.mean[i][level] = belief.mean[i];
  for (std::size_t c = 0; c < belief.cov.size; ++c) filters_.cov[c][level] = belief.cov[c];
}

void WanderBank::start(const LineBelief& belief) {
  for (std::size_t i = 0; i < wander::count; ++i) {
    LineBelief own = belief;
    double& variance = own.cov(rate_part, rate_part);
    variance = std::max(variance, square(wander::least_doubt[i]));
    put(i, own);
  }
  weights_ = usual_weights;
  passing_ = 0;
}

void WanderBank::advance(double elapsed, bool jumps, double base_drift) {
  if (jumps) mix_for_jumps();
  ntp::advance(filters_, elapsed, densities);
  filters_.cov(base_part, base_part) += base_drift;
}

void WanderBank::mix_for_jumps() {
  const LineBelief all = mixture();
  const PerLevel leaving =
      wander::jump_chance * (weights_ - passing_) + wander::passing_end * passing_;
  const PerLevel arriving = total(leaving) * usual_weights;
  weights_ = weights_ - leaving + arriving;
  passing_ = (1 - wander::passing_end) * passing_ + passing_shares * arriving;
  const PerLevel share = arriving / weights_;
  std::array<PerLevel, 4> apart;
  for (std::size_t j = 0; j < 4; ++j) {
    apart[j] = all.mean[j] - filters_.mean[j];
    filters_.mean[j] += share * apart[j];
  }
  for (std::size_t c = 0; c < all.cov.size; ++c) {
    filters_.cov[c] += share * (all.cov[c] - filters_.cov[c]);
  }
  add_outer(filters_.cov, share * (1 - share), apart);
}

// One direction of a measurement through all filters.
Posterior<PerLevel> WanderBank::update_way(const Sight& sight, double measured, const Noise& noise,
                                           const Outliers& outliers, Verdict& verdict) {
  const auto seen = look(filters_, sight);
  const auto after = condition_robustly(seen.value, seen.variance, measured, noise, outliers);
  verdict.error = measured - weighed(seen.value);
  verdict.scale_gradient = weighed(after.scale_gradient);
  absorb(filters_, seen, after.mean, after.variance);
  return after;
}

BankVerdict WanderBank::update(const Delays& delays, const TwoWayNoise& noise,
                               const TwoWayOutliers& outliers) {
  BankVerdict verdict;
  const auto up =
      update_way({.sign = 1, .half = delays.half}, delays.up, noise.up, outliers.up, verdict.up);
  const auto down = update_way({.sign = -1, .half = delays.half}, delays.down, noise.down,
                               outliers.down, verdict.down);
  const PerLevel evidence = up.evidence * down.evidence;
  const double sum = weighed(evidence);
  weights_ *= evidence / sum;
  passing_ *= evidence / sum;
  verdict.up.normal = weighed(up.normal);
  verdict.down.normal = weighed(down.normal);
  verdict.log_evidence = std::log(sum);
  return verdict;
}

void WanderBank::retake(const LineBelief& before, std::span<const TimedDelays> batch,
                        const TwoWayNoise& noise, const TwoWayOutliers& outliers) {
  const double span = batch.back().time - batch.front().time;
  const double noise_size = std::min(noise.up.size(), noise.down.size());
  if (wander() * span * span * span / 3 > square(propagation::most_wander * noise_size)) return;
  WanderBank fresh;
  fresh.start(before);
  fresh.filters_ = taken_together(fresh.filters_, densities, batch, noise, outliers);
  for (std::size_t i = 0; i < wander::count; ++i) {
    const double moved = fresh.filters_.mean[offset_part][i] - filters_.mean[offset_part][i];
    const double variance = filters_.cov(offset_part, offset_part)[i];
    if (square(moved) < square(propagation::most_sds) * variance) put(i, fresh.filter(i));
  }
}

std::array<double, 4> WanderBank::means() const {
  std::array<double, 4> all{};
  for (std::size_t j = 0; j < 4; ++j) all[j] = weighed(filters_.mean[j]);
  return all;
}

LineBelief WanderBank::mixture() const {
  LineBelief all;
  all.mean = means();
  std::array<PerLevel, 4> apart;
  for (std::size_t j = 0; j < 4; ++j) apart[j] = filters_.mean[j] - all.mean[j];
  auto cov = filters_.cov;
  add_outer(cov, PerLevel{1}, apart);
  for (std::size_t c = 0; c < all.cov.size; ++c) all.cov[c] = weighed(cov[c]);
  return all;
}

double WanderBank::weighed(const PerLevel& numbers) const {
  double sum = 0;
  for (std::size_t i = 0; i < wander::count; ++i) sum += weights_[i] * numbers[i];
  return sum;
}

double WanderBank::wander() const {
  double log_level = 0;
  for (std::size_t i = 0; i < wander::count; ++i) log_level += weights_[i] * std::log(densities[i]);
  return std::exp(log_level);
}

double WanderBank::mean_wander() const { return weighed(densities); }

}  // namespace ntp
