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

// How many times noisier one direction may be than the other.
double most_unlike(const noise::Type& type) {
  if (type.stages == 0) return noise::most_unlike_gaussian;
  const bool is_held = type.tail == noise::Tail::learns_outliers && type.pace == noise::Pace::slow;
  return is_held ? noise::most_unlike : INFINITY;
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

void NoiseOpinion::start(const noise::Type& type, const LineBelief& belief, Sharpness scale,
                         double precision) {
  type_ = &type;
  precision_ = precision;
  scale_up_ = std::max(scale.up, precision);
  scale_down_ = std::max(scale.down, precision);
  hold_alike();
  outliers_ = {};
  bank_.start(belief);
}

double NoiseOpinion::sharpen(const Newest& newest, double elapsed, bool is_calm) {
  const double up = std::max(newest.scale.up, precision_);
  const double down = std::max(newest.scale.down, precision_);
  double doubt_up = stale_doubt(scale_up_, up), doubt_down = stale_doubt(scale_down_, down);
  if (is_calm) {
    const auto mean = bank_.means();
    const double base = mean[base_part];
    const double turned = mean[offset_part] + elapsed * mean[rate_part] + mean[asymmetry_part];
    doubt_up = std::max(doubt_up, late_doubt(newest.up - base - turned, scale_up_, up));
    doubt_down = std::max(doubt_down, late_doubt(newest.down - base + turned, scale_down_, down));
  }
  if (doubt_up > 0) doubt(doubt_up, 1);
  if (doubt_down > 0) doubt(doubt_down, -1);
  return std::max(doubt_up, doubt_down);
}

double NoiseOpinion::stale_doubt(double& scale, double fresh) const {
  const double stale = scale * std::max(type_->wait * type_->stages, type_->jitter);
  if (stale < path::stale_scale * fresh) return 0;
  scale = std::min(scale, path::fresh_scale * fresh);
  return stale / path::stale_samples / 2;
}

double NoiseOpinion::late_doubt(double late, double scale, double fresh) const {
  return late > path::all_late * fresh && fresh < path::fresh_scale * scale ? late / 2 : 0;
}

// Along the line of sight of one direction: b + x (`sign` +1) or b - x (-1).
void NoiseOpinion::doubt(double size, double sign) {
  bank_.change_all([&](LineBelief& f) {
    f.cov(offset_part, offset_part) += size * size;
    f.cov(base_part, base_part) += size * size;
    f.cov(offset_part, base_part) += sign * size * size;
  });
}

TwoWayNoise NoiseOpinion::noise() const {
  return {scaled(*type_, scale_up_), scaled(*type_, scale_down_)};
}

double NoiseOpinion::take(double elapsed, const Delays& delays, int samples, bool is_seeded) {
  const double scale = std::min(scale_up_, scale_down_);
  const double base_drift = line::base_wander * line::base_wander * scale * scale;
  bank_.advance(elapsed, samples > 0, base_drift);
  if (samples < noise::young) doubt_what_is_early(delays);
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

// A packet that came before it could, by less than waits last: of the few before it, none had met
// an empty queue, and what we know of the base is worth less than we thought.
void NoiseOpinion::doubt_what_is_early(const Delays& delays) {
  const LineBelief belief = bank_.mixture();
  const TwoWayNoise ways = noise();
  const auto look_at = [&](double sign, double delay, const Noise& way) {
    const Projection<4> seen = look(belief, {.sign = sign, .half = delays.half});
    const double early = seen.value - delay, room = early / noise::believable_sds;
    const double lacking = room * room - seen.variance - way.jitter * way.jitter;
    const double reach = noise::early_waits * way.wait * way.stages;
    if (early > 0 && early < reach && lacking > 0) doubt(std::sqrt(lacking) / 2, sign);
  };
  look_at(1, delays.up, ways.up);
  look_at(-1, delays.down, ways.down);
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
  hold_alike();
}

void NoiseOpinion::hold_alike() {
  const double most = most_unlike(*type_) * std::min(scale_up_, scale_down_);
  scale_up_ = std::min(scale_up_, most);
  scale_down_ = std::min(scale_down_, most);
}

}  // namespace ntp
