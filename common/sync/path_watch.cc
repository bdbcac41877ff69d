// See path_watch.h.
#include "common/sync/path_watch.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ntp {
namespace {

double wait_of(const TwoWayNoise& noise) {
  if (noise.up.stages == 0) return 0;
  return std::max(noise.up.wait, noise.down.wait) * noise.up.stages;
}
double jitter_of(const TwoWayNoise& noise) { return std::max(noise.up.jitter, noise.down.jitter); }

// A single sample this far over the base round trip is late.
double late_limit(const TwoWayNoise& noise) {
  return path::late_waits * wait_of(noise) + path::late_jitters * jitter_of(noise);
}

double scale_of_spread(std::span<double> delays) {
  std::ranges::sort(delays);
  return (delays[delays.size() / 2] - delays.front()) / path::scales_of_spread;
}

}  // namespace

// The sample against the belief moved on to its time.
struct PathWatch::Residuals {
  Residuals(const PathView& v, const LineBelief& belief, const TwoWayNoise& noise)
      : wait{wait_of(noise)},
        jitter{jitter_of(noise)},
        base{belief.mean[base_part]},
        offset{belief.mean[offset_part] + v.elapsed * belief.mean[rate_part]},
        base_variance{belief.cov(base_part, base_part)},
        offset_sd{std::sqrt(offset_variance_after(belief, v.elapsed, 0))},
        new_base_sd{std::max(wait, jitter) / 2},
        excess{v.delays.round_trip(belief.mean[rate_part]) - 2 * base} {
    const double held = v.delays.half * belief.mean[rate_part];
    const double asymmetry = belief.mean[asymmetry_part];
    up = v.delays.up + held - (offset + base + asymmetry);
    down = v.delays.down + held - (-offset + base - asymmetry);
  }
  [[nodiscard]] bool is_one_way(double a, double b, double sd) const {
    return std::abs(a - b) > std::max(path::one_way_share * std::abs(a + b),
                                      path::significant * sd + path::significant_waits * wait);
  }
  // By the noise alone everything is even behind a full buffer: when it drained, the base fell by
  // all of it in both directions.
  [[nodiscard]] bool is_even(double a, double b) const {
    return std::abs(a - b) <= std::min(path::significant * offset_sd + path::even_waits * wait,
                                       std::max(path::one_way_share * std::abs(a + b), 2 * wait));
  }
  double wait, jitter;  // noise sizes
  double base, offset;  // believed
  double base_variance, offset_sd;
  double new_base_sd;
  double excess;            // of the round trip over twice the base
  double up = 0, down = 0;  // each direction's excess
};

PathChange PathWatch::judge(const PathView& view) {
  const Residuals seen{view, view.belief, view.noise};
  const Residuals leading{view, view.leader, view.leader_noise};
  std::shift_right(newest_.begin(), newest_.end(), 1);
  newest_.front() = {view.time, view.delays};
  seen_ = std::min(seen_ + 1, newest_.size());
  run_length_ = std::min(run_length_ + 1, path::run + 1);

  const auto is_fall = [&](const Residuals& r) {
    return r.excess < -path::fall_sds * std::sqrt(2 * r.jitter * r.jitter + 4 * r.base_variance) -
                          std::max(r.wait, r.jitter) - 2 * view.precision;
  };
  PathChange change;
  if (is_fall(leading)) {
    change = judge_fall(leading);
    change.is_leaders = true;
  } else if (is_fall(seen) && leading.excess < 0) {
    change = judge_fall(seen);
  } else if (run_length_ >= path::run) {
    change = judge_rise(view, seen);
  }
  if (change.moves_base() || change.detour) end_run();
  return change.is_none() ? judge_step(view, seen) : change;
}

// The round trip is shorter than it can be: the path is. If the directions disagree beyond what
// it explains, the clock was wrong.
PathChange PathWatch::judge_fall(const Residuals& seen) {
  const bool is_even = seen.is_even(seen.up, seen.down);
  const double fall = is_even ? std::min(seen.up, seen.down) : seen.excess / 2;
  PathChange change{.base = fall, .deviation = seen.new_base_sd};
  if (!is_even) change.offset_variance = square(seen.up - seen.down) / 4;
  return change;
}

// A run of late samples: a longer path, if it is sharp and stands clear of the old one.
PathChange PathWatch::judge_rise(const PathView& view, const Residuals& seen) {
  std::array<double, path::run> trips{};
  std::transform(
      newest_.begin(), newest_.begin() + path::run, trips.begin(),
      [&](const Late& late) { return late.delays.round_trip(view.belief.mean[rate_part]); });
  std::ranges::sort(trips);
  const double spread = trips[path::run / 2] - trips.front();
  const double rise = trips.front() - 2 * seen.base;
  const double clear = path::late_waits * seen.wait + path::clear_jitters * seen.jitter +
                       path::clear_bases * std::sqrt(seen.base_variance);
  const double sharpness = view.before ? view.before->sharpness : seen.wait;
  if (rise <= clear || rise <= path::rise_in_spreads * spread ||
      spread >= path::most_scales_of_spread * std::max(sharpness, 2 * view.precision)) {
    return {};
  }
  if (!view.before) return {.base = rise / 2, .deviation = seen.new_base_sd};
  return divide_rise(view, seen,
                     {.least = trips.front() - 2 * view.before->belief.mean[base_part],
                      .wait = spread / detour::waits_of_spread,
                      .samples = path::run});
}

// How much of the rise is on the way up and how much on the way down: by the line before.
PathChange PathWatch::divide_rise(const PathView& view, const Residuals& seen,
                                  Detours::Known level) {
  const PathView::Before& before = *view.before;
  const double rate = before.belief.mean[rate_part];
  double up = 1e9, down = 1e9;
  for (const Late& late : std::span{newest_}.first(path::run)) {
    const double offset = before.belief.mean[offset_part] + rate * (late.time - before.time);
    up = std::min(up, late.delays.up + late.delays.half * rate - offset);
    down = std::min(down, late.delays.down + late.delays.half * rate + offset);
  }
  up -= before.belief.mean[base_part];
  down -= before.belief.mean[base_part];
  // Not if some went one way and some another.
  if (level.least - (up + down) > path::coherent_waits * before.sharpness) return {};
  const double sd = std::sqrt(offset_variance_after(before.belief, view.time - before.time, 1e-16));
  const double division = std::hypot(sd, before.sharpness / path::run);
  level.uneven = (up - down) / 2;
  if (!seen.is_one_way(up, down, sd) && std::abs(up - down) >= path::one_way_share * (up + down)) {
    return {};  // cannot tell: keep the snapshot and wait
  }
  level.variance = division * division;
  level.believe_simplest(detour::simple_sds * division);
  return {.restores_snapshot = true, .detour = level};
}

// Too early in one direction, with a normal round trip, again and again: a clock stepped.
PathChange PathWatch::judge_step(const PathView& view, const Residuals& seen) {
  if (seen.excess > late_limit(view.noise)) return {};
  const double variance = offset_variance_after(view.agile, view.elapsed, view.agile_wander) +
                          seen.base_variance + seen.jitter * seen.jitter;
  const double limit = -path::step_sds * std::sqrt(variance) - seen.wait / 2;
  const int sign = seen.up < limit ? 1 : seen.down < limit ? -1 : 0;
  steps_in_a_row_ = sign != 0 && steps_in_a_row_ * sign >= 0 ? steps_in_a_row_ + sign : sign;
  if (sign == 0 || std::abs(steps_in_a_row_) < path::step_run) return {};
  steps_in_a_row_ = 0;
  const double step = view.delays.offset() - seen.offset;
  return {.offset_variance = step * step};
}

bool PathWatch::is_normal(const Delays& delays, const LineBelief& belief,
                          const TwoWayNoise& noise) const {
  return delays.round_trip(belief.mean[rate_part]) - 2 * belief.mean[base_part] < late_limit(noise);
}

std::optional<Newest> PathWatch::newest(double rate) const {
  if (seen_ < newest_.size()) return std::nullopt;
  std::array<double, path::sharp_run> up{}, down{};
  for (std::size_t i = 0; i < newest_.size(); ++i) {
    const double gained = rate * (newest_[i].time - newest_.front().time);
    up[i] = newest_[i].delays.up - gained;
    down[i] = newest_[i].delays.down + gained;
  }
  const Sharpness scale{scale_of_spread(up), scale_of_spread(down)};
  return Newest{scale, up.front(), down.front()};  // sorted by now
}

double PathWatch::least_excess(const LineBelief& before) const {
  double least = 1e9;
  for (std::size_t i = 0; i < std::min(run_length_, path::run); ++i) {
    least = std::min(least, newest_[i].delays.round_trip(before.mean[rate_part]));
  }
  return least - 2 * before.mean[base_part];
}

}  // namespace ntp
