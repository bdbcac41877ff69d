// See source_line.h.
#include "common/sync/source_line.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "common/sync/regression.h"

namespace ntp {
namespace {

// Moves a filter's base, asymmetry and doubt as the path's change asks.
// The level at which a filter expects the delays of one direction.
double sight_of(const LineBelief& belief, bool is_up) {
  const double turned = belief.mean[offset_part] + belief.mean[asymmetry_part];
  return belief.mean[base_part] + (is_up ? turned : -turned);
}

// What the watch saw is a level of the delays, not a distance: filters that believed in other
// bases go to the same one, and who was there already stays. Moved by the distance alone, eight
// opinions that had not believed in a detour as long as the watch's fell to bases below zero when
// it ended, and one of them led the clock 18 ms astray in the next queue.
void change_filter(LineBelief& filter, const PathChange& change, const LineBelief& seen,
                   double base) {
  const double variance = change.deviation * change.deviation;
  const bool is_fall = change.up + change.down < 0;
  const auto goes_on = [&](double moved) { return is_fall ? moved < 0 : moved > 0; };
  if (change.up != 0 && change.down != 0) {
    if (goes_on(base - filter.mean[base_part])) filter.reset(base_part, base, variance);
  } else if (change.moves_base()) {
    const bool is_up = change.up != 0;
    const double sign = is_up ? 1 : -1;
    const double level = sight_of(seen, is_up) + change.up + change.down;
    const double moved = (level - sight_of(filter, is_up)) / 2;
    if (goes_on(moved)) {
      filter.mean[base_part] += moved;
      filter.mean[asymmetry_part] += sign * moved;
      filter.cov(base_part, base_part) += variance / 4;
      filter.cov(asymmetry_part, asymmetry_part) += variance / 4;
      filter.cov(base_part, asymmetry_part) += sign * variance / 4;
    }
  }
  filter.cov(asymmetry_part, asymmetry_part) +=
      change.asymmetry_deviation * change.asymmetry_deviation;
  const double division = change.division_deviation * change.division_deviation;
  filter.cov(offset_part, offset_part) += division;
  filter.cov(asymmetry_part, asymmetry_part) += division;
  filter.cov(offset_part, asymmetry_part) -= division;
  if (change.asymmetry) filter.reset(asymmetry_part, *change.asymmetry, 0);
  filter.cov(offset_part, offset_part) += change.offset_variance;
}

double sharpness_of(const TwoWayNoise& noise) {
  const double wait = std::max(noise.up.wait, noise.down.wait) * noise.up.stages;
  return std::max(wait, 2 * std::max(noise.up.jitter, noise.down.jitter));
}

}  // namespace

double LineState::variance_at(RawTime t) const {
  const double d = to_seconds(t - at);
  return std::max(least_variance, offset_variance + 2 * d * covariance + d * d * rate_variance +
                                      wander * std::abs(d * d * d) / 3);
}

void SourceLine::take(const Sample& sample) {
  const Nanos round = sample.received - sample.sent;
  const RawTime middle = sample.sent + round / 2;
  const Nanos up = sample.server_received.since_zero - sample.sent.since_zero;
  const Nanos down = sample.server_sent.since_zero - sample.received.since_zero;
  if (samples_ == 0 && early_count_ == 0) {
    first_ = middle;
    origin_ = down + (up - down) / 2;
  }
  last_ = middle;
  const Exchange exchange{.time = to_seconds(middle - first_),
                          .delays = {.half = to_seconds(round) / 2,
                                     .up = to_seconds(up - origin_),
                                     .down = to_seconds(origin_ - down)}};
  last_delays_ = exchange.delays;
  if (early_count_ < early_.size()) {
    early_[early_count_++] = exchange;
    if (is_first_astray()) return drop_first();
    for (const line::Restart& restart : line::restarts) {
      if (restart.samples != early_count_) continue;
      restart_from_batch(restart.spread_in_scales);
      return sum_up();
    }
  }
  take_exchange(exchange);
  sum_up();
}

// The first exchange contradicts every later one beyond what delays and rates explain, and they
// agree: an old answer after waking, or a server that was not set yet.
bool SourceLine::is_first_astray() const {
  if (early_count_ < line::least_agreement) return false;
  const auto agrees = [&](const Exchange& a, const Exchange& b) {
    const double passed = b.time - a.time;
    const double reach = (a.delays.round_trip(0) + b.delays.round_trip(0)) / 2;
    return std::abs(b.delays.offset() - a.delays.offset() - prior_.rate * passed) <=
           reach + line::most_rate_error * passed;
  };
  const auto later = std::span{early_}.first(early_count_).subspan(1);
  return std::ranges::none_of(later, [&](const Exchange& e) { return agrees(early_[0], e); }) &&
         std::ranges::all_of(later, [&](const Exchange& e) { return agrees(later[0], e); });
}

void SourceLine::drop_first() {
  std::shift_left(early_.begin(), early_.end(), 1);
  --early_count_;
  batch_scale_ = {};
  take_batch(std::span{early_}.first(early_count_));
  sum_up();
}

// Of the delays of one direction about a straight line, s: a rate makes one of them.
double SourceLine::spread_of(std::span<const Exchange> batch, double Delays::*way) {
  std::array<Point, line::first_exchanges> points;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    points[i] = {batch[i].time - batch.front().time,
                 batch[i].delays.*way - batch.front().delays.*way};
  }
  return fit_newest(std::span{points}.first(batch.size()), static_cast<int>(batch.size()))
      .deviation;
}

// The first exchanges once more from scratch, now that their spread tells the noise scale.
void SourceLine::restart_from_batch(double spread_in_scales) {
  const std::span<const Exchange> batch{early_.data(), early_count_};
  double least = INFINITY, sum = 0;
  for (const Exchange& exchange : batch) {
    const double trip = exchange.delays.round_trip(0);
    least = std::min(least, trip);
    sum += trip;
  }
  const double spread = sum / static_cast<double>(batch.size()) - least;
  const double both = std::max({spread / spread_in_scales, line::least_batch_scale * least, 0.0});
  const auto scale_of = [&](double Delays::*way) {
    const double alone = std::max(spread_of(batch, way), line::least_batch_scale * least);
    return alone < line::sharper_way * both ? alone : both;
  };
  batch_scale_ = batch.size() < line::least_for_ways
                     ? Sharpness{both, both}
                     : Sharpness{scale_of(&Delays::up), scale_of(&Delays::down)};
  if (prior_.rate_deviation < line::ignorant_rate_deviation && is_refuted(prior_, batch)) {
    prior_.rate_deviation = line::ignorant_rate_deviation;
  }
  take_batch(batch);
}

void SourceLine::take_batch(std::span<const Exchange> batch) {
  samples_ = 0;
  has_snapshot_ = false;
  watch_ = {};
  for (const Exchange& exchange : batch) take_exchange(exchange);
  change_ = {};
}

// What the first exchanges say of the rate without the word from the last run, against that word.
bool SourceLine::is_refuted(LinePrior word, std::span<const Exchange> batch) {
  prior_.rate_deviation = line::ignorant_rate_deviation;
  take_batch(batch);
  prior_ = word;
  const LineBelief seen = opinions_[best_].bank().mixture();
  const double variance =
      seen.cov(rate_part, rate_part) + word.rate_deviation * word.rate_deviation;
  return std::abs(seen.mean[rate_part] - word.rate) > line::refuting_sds * std::sqrt(variance);
}

void SourceLine::take_exchange(const Exchange& exchange) {
  change_ = {};
  doubt_ = 0;
  if (samples_ == 0) {
    start(exchange);
  } else {
    note_surprise(exchange);
  }
  if (samples_ > path::samples_to_learn) watch_path(exchange);
  update_opinions(exchange);
  ++samples_;
  choose_best();
  keep_snapshot(exchange);
}

void SourceLine::start(const Exchange& exchange) {
  const double trip = std::max(exchange.delays.round_trip(0), prior_.precision);
  const double rate_variance = prior_.rate_deviation * prior_.rate_deviation;
  constexpr double least = 1e-12;
  LineBelief belief;
  belief.reset(offset_part, exchange.delays.offset(), trip * trip / 4 + least);
  belief.reset(rate_part, prior_.rate, rate_variance);
  belief.reset(base_part, trip / 2, trip * trip / 16 + least);
  const Sharpness scale = batch_scale_.up > 0
                              ? batch_scale_
                              : Sharpness{noise::start_scale * trip, noise::start_scale * trip};
  for (std::size_t i = 0; i < noise::count; ++i) {
    opinions_[i].start(noise::types[i], belief, scale, prior_.precision);
    scores_[i] = -noise::start_handicap * static_cast<double>(i);
  }
  best_ = watchful_ = 0;
  time_ = exchange.time;
}

void SourceLine::note_surprise(const Exchange& exchange) {
  const LineBelief belief = opinions_[best_].bank().mixture();
  const double elapsed = exchange.time - time_;
  const double foretold = belief.mean[offset_part] + elapsed * belief.mean[rate_part];
  const double trip = exchange.delays.round_trip(belief.mean[rate_part]);
  const double excuse = std::max(0.0, trip / 2 - belief.mean[base_part]);
  const Noise& noise = opinions_[best_].noise().up;
  const double sd =
      std::sqrt(offset_variance_after(belief, elapsed, opinions_[best_].bank().mean_wander()) +
                noise.jitter * noise.jitter);
  const double error = std::abs(exchange.delays.offset() - foretold);
  surprise_ = std::max(0.0, error - excuse) / sd;
}

void SourceLine::watch_path(const Exchange& exchange) {
  const NoiseOpinion& judge = opinions_[watchful_];
  PathView view{.time = exchange.time,
                .elapsed = exchange.time - time_,
                .delays = exchange.delays,
                .belief = judge.bank().mixture(),
                .agile = judge.bank().most_agile(),
                .agile_wander = wander::levels.back() * wander::levels.back(),
                .noise = judge.noise(),
                .precision = prior_.precision,
                .home_base = home_bases_[watchful_],
                .leader = opinions_[best_].bank().mixture(),
                .leader_home_base = home_bases_[best_],
                .leader_noise = opinions_[best_].noise()};
  if (has_snapshot_) {
    view.before = {snapshot_.banks[snapshot_.best].mixture(), snapshot_.time, snapshot_.sharpness};
  }
  change_ = watch_.judge(view);
  if (!change_.is_none()) apply(change_);
  else end_late_run(exchange);
  const auto newest = watch_.newest(view.belief.mean[rate_part]);
  if (!newest) return;
  const bool is_calm = watch_.run_length() <= 1;
  for (std::size_t i = 0; i < noise::count; ++i) {
    const double doubt = opinions_[i].sharpen(*newest, exchange.time - time_, is_calm);
    if (i == best_) doubt_ = doubt;
  }
}

// A run of late samples is over, and the path is the one before it: what the filters made of the
// run is forgotten. However a late sample's delay is divided, it is as likely, so that after some
// in a row the agile filters have the word: seven of them moved the line by 1.4 ms.
void SourceLine::end_late_run(const Exchange& exchange) {
  if (!has_snapshot_ || watch_.run_length() < path::late_run) return;
  const WanderBank& bank = snapshot_.banks[snapshot_.best];
  const LineBelief before = bank.mixture();
  const double elapsed = exchange.time - snapshot_.time;
  if (!watch_.is_normal(exchange.delays, before, opinions_[watchful_].noise())) return;
  const double foretold = before.mean[offset_part] + elapsed * before.mean[rate_part];
  const double known = offset_variance_after(before, elapsed, bank.mean_wander());
  const WanderBank& now = opinions_[best_].bank();
  if (offset_variance_after(now.mixture(), exchange.time - time_, now.mean_wander()) <
      path::late_run_worse * known)
    return;
  const double sd = std::sqrt(known + snapshot_.sharpness * snapshot_.sharpness);
  if (std::abs(exchange.delays.offset() - foretold) > path::late_run_sds * sd) return;
  apply({.restores_snapshot = true});
}

void SourceLine::apply(const PathChange& change) {
  if (change.restores_snapshot) {
    for (std::size_t i = 0; i < noise::count; ++i) {
      opinions_[i].bank() = snapshot_.banks[i];
      if (change.leaves_home) home_bases_[i] = opinions_[i].bank().mixture().mean[base_part];
    }
    time_ = snapshot_.time;
  }
  if (change.moves_base() && change.up + change.down > 0) has_snapshot_ = false;
  const std::size_t judge = change.restores_snapshot ? snapshot_.best
                            : change.is_leaders      ? best_
                                                     : watchful_;
  const LineBelief seen = opinions_[judge].bank().mixture();
  for (std::size_t i = 0; i < noise::count; ++i) {
    const double base =
        change.goes_home ? home_bases_[i] : seen.mean[base_part] + (change.up + change.down) / 2;
    opinions_[i].bank().change_all(
        [&](LineBelief& filter) { change_filter(filter, change, seen, base); });
  }
}

void SourceLine::update_opinions(const Exchange& exchange) {
  const double elapsed = std::max(0.0, exchange.time - time_);
  double leader = -INFINITY;
  for (std::size_t i = 0; i < noise::count; ++i) {
    const double evidence =
        opinions_[i].take(elapsed, exchange.delays, samples_, batch_scale_.up > 0);
    scores_[i] = noise::score_memory * scores_[i] + evidence;
    leader = std::max(leader, scores_[i]);
  }
  for (double& score : scores_) score = std::max(score - leader, noise::lowest_score);
  time_ += elapsed;
}

void SourceLine::choose_best() {
  best_ = best_of(best_, false);
  watchful_ = best_of(watchful_, true);
}

std::size_t SourceLine::best_of(std::size_t current, bool only_watchful) const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < noise::count; ++i) {
    const noise::Type& type = noise::types[i];
    const bool may_watch = type.pace == noise::Pace::slow && type.tail == noise::Tail::plain;
    if ((may_watch || !only_watchful) && scores_[i] > scores_[best]) best = i;
  }
  return scores_[best] > scores_[current] + noise::lead_to_take_over ? best : current;
}

// A normal sample is a safe point to return to, should the next ones turn out to be a new path.
void SourceLine::keep_snapshot(const Exchange& exchange) {
  const NoiseOpinion& judge = opinions_[watchful_];
  if (!watch_.is_normal(exchange.delays, judge.bank().mixture(), judge.noise())) return;
  for (std::size_t i = 0; i < noise::count; ++i) snapshot_.banks[i] = opinions_[i].bank();
  snapshot_.time = time_;
  snapshot_.best = best_;
  // The judge, who knows no outliers, may have learnt a queue as noise: the leader knows better.
  snapshot_.sharpness =
      std::min(sharpness_of(judge.noise()), sharpness_of(opinions_[best_].noise()));
  has_snapshot_ = true;
  watch_.end_run();
}

bool SourceLine::is_in_doubt() const {
  if (!has_snapshot_ || watch_.run_length() < path::doubtful_run ||
      watch_.run_length() >= path::run) {
    return false;
  }
  const WanderBank& bank = snapshot_.banks[snapshot_.best];
  const LineBelief before = bank.mixture();
  const double variance = offset_variance_after(before, time_ - snapshot_.time, bank.mean_wander());
  return std::sqrt(variance) < watch_.least_excess(before) / path::rise_in_old_sds;
}

void SourceLine::sum_up() {
  best_belief_ = opinions_[best_].bank().mixture();
  state_ = is_in_doubt() ? carried_on() : blended();
}

LineState SourceLine::carried_on() const {
  const WanderBank& bank = snapshot_.banks[snapshot_.best];
  LineBelief belief = bank.mixture();
  const double wander = bank.mean_wander();
  advance(belief, time_ - snapshot_.time, wander);
  return {.at = last_,
          .origin = origin_,
          .offset = belief.mean[offset_part],
          .rate = belief.mean[rate_part],
          .offset_variance = belief.cov(0, 0),
          .covariance = belief.cov(0, 1),
          .rate_variance = belief.cov(1, 1),
          .wander = wander};
}

LineState SourceLine::blended() const {
  std::array<double, noise::count> weights{};
  std::array<LineBelief, noise::count> beliefs{};
  double sum = 0;
  for (std::size_t i = 0; i < noise::count; ++i) {
    weights[i] = scores_[i] > noise::negligible_score ? std::exp(scores_[i]) : 0;
    sum += weights[i];
  }
  LineState state{.at = last_, .origin = origin_};
  for (std::size_t i = 0; i < noise::count; ++i) {
    if (weights[i] == 0) continue;
    weights[i] /= sum;
    beliefs[i] = opinions_[i].bank().mixture();
    state.offset += weights[i] * beliefs[i].mean[offset_part];
    state.rate += weights[i] * beliefs[i].mean[rate_part];
    state.wander += weights[i] * opinions_[i].bank().mean_wander();
  }
  for (std::size_t i = 0; i < noise::count; ++i) {
    const LineBelief& b = beliefs[i];
    const double off = b.mean[offset_part] - state.offset, rate = b.mean[rate_part] - state.rate;
    state.offset_variance += weights[i] * (b.cov(0, 0) + off * off);
    state.covariance += weights[i] * (b.cov(0, 1) + off * rate);
    state.rate_variance += weights[i] * (b.cov(1, 1) + rate * rate);
  }
  return state;
}

}  // namespace ntp
