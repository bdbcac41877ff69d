// See source_line.h.
#include "common/sync/source_line.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ntp {

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
  const TimedDelays exchange{.time = to_seconds(middle - first_),
                             .delays = {.half = to_seconds(round) / 2,
                                        .up = to_seconds(up - origin_),
                                        .down = to_seconds(origin_ - down)}};
  const bool is_early = early_count_ < early_.size();
  if (is_early) {
    early_[early_count_++] = exchange;
    if (is_first_astray(std::span{early_}.first(early_count_), prior_.rate)) return drop_first();
  }
  const auto restart =
      std::ranges::find(line::restarts, is_early ? early_count_ : 0, &line::Restart::samples);
  if (restart == line::restarts.end()) {
    take_exchange(exchange);
  } else {
    restart_from_batch(restart->spread_in_scales);
  }
  look_again(exchange);
  sum_up();
}

// Begins anew with the packets that refute the line, if there are any. What came by a known way is
// not of this path. Their whole spread is the scale to begin with: a few that are near each other
// by chance say little of it, and a line that began with a tenth of the noise was astray for hours.
void SourceLine::look_again(const TimedDelays& exchange) {
  if (detours_.way()) return;
  const auto means = opinions_[best_].bank().means();
  const double offset = means[offset_part];
  second_look_.note(exchange, offset, means[rate_part]);
  const auto quick = second_look_.refute(offset, exchange.time, snapshot_.sharpness);
  if (!quick) return;
  batch_scale_ = {quick->spread, quick->spread};
  take_batch(quick->all());
  const double elapsed = std::max(0.0, exchange.time - time_);
  for (NoiseOpinion& opinion : opinions_) opinion.bank().advance(elapsed, true);
  time_ += elapsed;
  doubt_ = std::abs(quick->correction);
}

void SourceLine::drop_first() {
  std::shift_left(early_.begin(), early_.end(), 1);
  --early_count_;
  second_look_ = {};
  batch_scale_ = {};
  take_together(std::span{early_}.first(early_count_));
  sum_up();
}

// The first exchanges once more from scratch, now that their spread tells the noise scale.
void SourceLine::restart_from_batch(double spread_in_scales) {
  const std::span<const TimedDelays> batch{early_.data(), early_count_};
  batch_scale_ = first_scale(batch, spread_in_scales);
  if (has_word() && is_refuted(prior_, batch)) {
    prior_.rate_deviation = line::ignorant_rate_deviation;
  }
  take_together(batch);
}

// One after the other. Did all come by one path?
bool SourceLine::take_batch(std::span<const TimedDelays> batch) {
  samples_ = 0;
  has_snapshot_ = false;
  watch_ = {};
  detours_ = {};
  bool is_one_path = true;
  for (const TimedDelays& exchange : batch) {
    take_exchange(exchange);
    is_one_path = is_one_path && change_.is_none() && !detours_.way();
  }
  change_ = {};
  return is_one_path;
}

void SourceLine::take_together(std::span<const TimedDelays> batch) {
  const bool is_one_path = take_batch(batch);
  if (!is_one_path || batch.size() < line::least_together) return;
  const LineBelief prior = belief_by_first(batch.front());
  for (NoiseOpinion& opinion : opinions_) opinion.retake(prior, batch);
  if (has_snapshot_ && snapshot_.time == time_) keep_snapshot(batch.back());
}

bool SourceLine::is_on_trust() const { return early_count_ < early_.size() && has_word(); }

// What the first exchanges say of the rate without the word from the last run, against that word.
bool SourceLine::is_refuted(LinePrior word, std::span<const TimedDelays> batch) {
  prior_.rate_deviation = line::ignorant_rate_deviation;
  take_batch(batch);
  prior_ = word;
  const LineBelief seen = opinions_[best_].bank().mixture();
  const double variance =
      seen.cov(rate_part, rate_part) + word.rate_deviation * word.rate_deviation;
  return std::abs(seen.mean[rate_part] - word.rate) > line::refuting_sds * std::sqrt(variance);
}

void SourceLine::take_exchange(TimedDelays exchange) {
  exchange = without_detour(exchange);
  last_delays_ = exchange.delays;
  change_ = {};
  doubt_ = 0;
  if (samples_ == 0) {
    start(exchange);
  } else {
    note_surprise(exchange);
  }
  if (samples_ > path::samples_to_learn) {
    watch_path(exchange);
    last_delays_ = exchange.delays;
    drop_refuted(exchange);
  }
  update_opinions(exchange);
  ++samples_;
  choose_best();
  keep_snapshot(exchange);
}

// What is known of a line by its first exchange alone.
LineBelief SourceLine::belief_by_first(const TimedDelays& exchange) const {
  const double trip = std::max(exchange.delays.round_trip(0), prior_.precision);
  const double rate_variance = prior_.rate_deviation * prior_.rate_deviation;
  constexpr double least = 1e-12;
  LineBelief belief;
  belief.reset(offset_part, exchange.delays.offset(), trip * trip / 4 + least);
  belief.reset(rate_part, prior_.rate, rate_variance);
  belief.reset(base_part, trip / 2, trip * trip / 16 + least);
  return belief;
}

void SourceLine::start(const TimedDelays& exchange) {
  const LineBelief belief = belief_by_first(exchange);
  const double trip = std::max(exchange.delays.round_trip(0), prior_.precision);
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

void SourceLine::note_surprise(const TimedDelays& exchange) {
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

// A type that is as far behind as can be was refuted together with what it makes of the time. What
// may come back is its noise: a buffer that was full since the start was its path for an hour, and
// came back as that in the next one, 60 ms astray.
void SourceLine::update_opinions(const TimedDelays& exchange) {
  const double elapsed = std::max(0.0, exchange.time - time_);
  for (std::size_t i = 0; i < noise::count; ++i) {
    const double evidence =
        opinions_[i].take(elapsed, exchange.delays, samples_, batch_scale_.up > 0);
    scores_[i] = noise::score_memory * scores_[i] + evidence;
  }
  const auto leader = std::ranges::max_element(scores_);
  const WanderBank& believed = opinions_[static_cast<std::size_t>(leader - scores_.begin())].bank();
  const double highest = *leader;
  for (std::size_t i = 0; i < noise::count; ++i) {
    scores_[i] -= highest;
    if (scores_[i] >= noise::lowest_score) continue;
    scores_[i] = noise::lowest_score;
    opinions_[i].bank() = believed;
  }
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

void SourceLine::sum_up() {
  best_belief_ = opinions_[best_].bank().mixture();
  state_ = is_in_doubt() ? carried_on() : blended();
}

LineState SourceLine::carried_on() const {
  LineBelief belief = snapshot_.belief;
  advance(belief, time_ - snapshot_.time, snapshot_.wander);
  return {.at = last_,
          .origin = origin_,
          .offset = belief.mean[offset_part],
          .rate = belief.mean[rate_part],
          .offset_variance = belief.cov(0, 0),
          .covariance = belief.cov(0, 1),
          .rate_variance = belief.cov(1, 1),
          .wander = snapshot_.wander};
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
