// See noise_opinion.h.
#include "common/sync/noise_opinion.h"

#include <algorithm>
#include <cmath>

#include "common/sync/line_params.h"
#include "common/sync/one_sided_params.h"

namespace ntp {
namespace {

Noise scaled(const noise::Type& type, double scale) {
  return {.wait = type.wait * scale, .jitter = type.jitter * scale, .stages = type.stages};
}

double clipped(double gradient) {
  return std::clamp(gradient, -noise::steepest_gradient, noise::steepest_gradient);
}

double stepped(double scale, double gain, double gradient, double precision) {
  return std::max(precision, scale * std::exp(std::clamp(gain * clipped(gradient), -1.0, 1.0)));
}

void learn_tail(Outliers& outliers, const Verdict& verdict, double size) {
  double odd = 0;
  if (verdict.error > 0) {
    odd = 1 - verdict.normal;
    if (outliers.scale <= 0) outliers.scale = one_sided::outlier_scales * size;
    if (odd > 0.5) {
      const double excess = std::max(verdict.error, noise::least_excess * size);
      outliers.scale *= std::pow(excess / outliers.scale, noise::scale_gain * odd);
    }
  }
  outliers.share = std::clamp(outliers.share + noise::share_gain * (odd - outliers.share),
                              noise::least_share, noise::most_share);
}

}  // namespace

void NoiseOpinion::start(const noise::Type& type, const LineBelief& belief, double scale,
                         double precision) {
  type_ = &type;
  precision_ = precision;
  scale_up_ = scale_down_ = std::max(scale, precision);
  outliers_ = {};
  bank_.start(belief);
}

void NoiseOpinion::sharpen(const Sharpness& fresh) {
  sharpen(scale_up_, fresh.up, 1);
  sharpen(scale_down_, fresh.down, -1);
}

// The doubt is along the line of sight of that direction: b + x (`sign` +1) or b - x (-1).
void NoiseOpinion::sharpen(double& scale, double fresh, double sign) {
  const double stale = scale * std::max(type_->wait * type_->stages, type_->jitter);
  fresh = std::max(fresh, precision_);
  if (stale < path::stale_scale * fresh) return;
  scale = std::min(scale, path::fresh_scale * fresh);
  const double doubt = stale / path::stale_samples / 2;
  bank_.change_all([&](LineBelief& f) {
    f.cov(offset_part, offset_part) += doubt * doubt;
    f.cov(base_part, base_part) += doubt * doubt;
    f.cov(offset_part, base_part) += sign * doubt * doubt;
  });
}

TwoWayNoise NoiseOpinion::noise() const {
  return {scaled(*type_, scale_up_), scaled(*type_, scale_down_)};
}

double NoiseOpinion::take(double elapsed, const Delays& delays, int samples, bool is_seeded) {
  const double scale = std::min(scale_up_, scale_down_);
  const double base_drift = line::base_wander * line::base_wander * scale * scale;
  bank_.change_all([&](LineBelief& f) { f.cov(base_part, base_part) += base_drift; });
  bank_.advance(elapsed, samples > 0);
  const BankVerdict verdict = bank_.update(delays, noise(), outliers_);
  BankVerdict lesson = verdict;
  if (type_->tail == noise::Tail::learns_outliers) {
    learn_outliers(verdict);
    lesson.up.scale_gradient *= std::max(verdict.up.normal, noise::least_lesson);
    lesson.down.scale_gradient *= std::max(verdict.down.normal, noise::least_lesson);
  }
  learn_scales(lesson, samples, is_seeded);
  return verdict.log_evidence;
}

void NoiseOpinion::learn_outliers(const BankVerdict& verdict) {
  const TwoWayNoise now = noise();
  learn_tail(outliers_.up, verdict.up, now.up.size());
  learn_tail(outliers_.down, verdict.down, now.down.size());
}

void NoiseOpinion::learn_scales(const BankVerdict& verdict, int samples, bool is_seeded) {
  const double floor = type_->pace == noise::Pace::fast ? noise::fast_floor : noise::slow_floor;
  const double before = samples + 2 * noise::gain + (is_seeded ? noise::seeded_samples : 0);
  const double gain = std::max(noise::gain / before, floor);
  const double likeness = noise::likeness_for_ever + noise::likeness_at_start *
                                                         noise::likeness_samples /
                                                         (samples + noise::likeness_samples);
  const double pull = likeness * std::log(scale_up_ / scale_down_);
  scale_up_ = stepped(scale_up_, gain, clipped(verdict.up.scale_gradient) - pull, precision_);
  scale_down_ = stepped(scale_down_, gain, clipped(verdict.down.scale_gradient) + pull, precision_);
  if (type_->tail == noise::Tail::plain || type_->pace == noise::Pace::fast) return;
  const double most = noise::most_unlike * std::min(scale_up_, scale_down_);
  scale_up_ = std::min(scale_up_, most);
  scale_down_ = std::min(scale_down_, most);
}

}  // namespace ntp
