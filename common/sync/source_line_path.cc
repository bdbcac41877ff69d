// The path of a source's line: which way a sample took, what changes when the path does, and the
// belief to go back to. See source_line.h.
#include <algorithm>
#include <cmath>

#include "common/sync/source_line.h"

namespace ntp {
namespace {

// What the watch saw is a level of the delays, not a distance: filters that believed in other
// bases go to the same one, and who was there already stays. Moved by the distance alone, eight
// opinions that had not believed in a longer path as long as the watch's fell to bases below zero
// when it ended, and one of them led the clock 18 ms astray in the next queue.
void change_filter(LineBelief& filter, const PathChange& change, double base) {
  const double moved = base - filter.mean[base_part];
  if (change.base < 0 ? moved < 0 : change.base > 0 && moved > 0) {
    filter.reset(base_part, base, change.deviation * change.deviation);
  }
  filter.cov(offset_part, offset_part) += change.offset_variance;
}

double sharpness_of(const TwoWayNoise& noise) {
  const double wait = std::max(noise.up.wait, noise.down.wait) * noise.up.stages;
  return std::max(wait, 2 * std::max(noise.up.jitter, noise.down.jitter));
}

}  // namespace

// By the belief at the last normal sample: late ones since may have led the filters astray.
Excess SourceLine::excess_of(const TimedDelays& exchange) const {
  const LineBelief& before = snapshot_.belief;
  const double rate = before.mean[rate_part], elapsed = exchange.time - snapshot_.time;
  const double offset = before.mean[offset_part] + elapsed * rate;
  const double base = before.mean[base_part] - exchange.delays.half * rate;
  return {.up = exchange.delays.up - base - offset,
          .down = exchange.delays.down - base + offset,
          .time = exchange.time,
          .deviation = std::sqrt(offset_variance_after(before, elapsed, snapshot_.wander))};
}

TimedDelays SourceLine::without_detour(TimedDelays exchange) {
  if (samples_ <= path::samples_to_learn || !has_snapshot_) return exchange;
  const auto way_before = detours_.way_index();
  const double wait = std::max(snapshot_.sharpness, 2 * prior_.precision);
  const Detours::Known* way = detours_.way_of(excess_of(exchange), wait);
  if (detours_.way_index() != way_before) {
    if (way_before) settle(*way_before);
    set_out(way);
  } else if (way && !way->is_settled && ++on_way_ == static_cast<int>(path::run)) {
    stay();
  }
  return way ? way->taken_off(exchange) : exchange;
}

// On a way the filters' asymmetry is what its division is off by.
void SourceLine::set_out(const Detours::Known* way) {
  on_way_ = 0;
  const double variance = way ? way->variance : 0;
  const bool is_new = variance > 0 && !way->is_settled;
  const double measured = way ? detour::division_share * way->wait : 0;
  for (NoiseOpinion& opinion : opinions_) {
    opinion.bank().change_all([&](LineBelief& f) {
      f.reset(asymmetry_part, 0, variance);
      if (!is_new) return;
      // The division was measured against this very line, whose errors it has with other signs.
      for (std::size_t i = 0; i < asymmetry_part; ++i) {
        f.cov(asymmetry_part, i) = -f.cov(offset_part, i);
      }
      f.cov(asymmetry_part, asymmetry_part) = f.cov(offset_part, offset_part) + measured * measured;
    });
  }
}

void SourceLine::settle(std::size_t way) {
  const LineBelief now = opinions_[best_].bank().mixture();
  detours_.settle(way, now.mean[asymmetry_part], now.cov(asymmetry_part, asymmetry_part));
}

// No sample will tell the division better: the filters' opinions of it become one. Left alone,
// agile ones and calm ones disagreed for hours, and the line claimed three times its error.
void SourceLine::stay() {
  settle(*detours_.way_index());
  const double variance = detours_.way()->variance;
  for (NoiseOpinion& opinion : opinions_) {
    opinion.bank().change_all([&](LineBelief& f) {
      f.reset(asymmetry_part, 0, variance);
      f.cov(offset_part, offset_part) += variance;
      f.cov(offset_part, asymmetry_part) = -variance;
    });
  }
}

// Takes off the exchange what it finds out about its way.
void SourceLine::watch_path(TimedDelays& exchange) {
  const NoiseOpinion& judge = opinions_[watchful_];
  PathView view{.time = exchange.time,
                .elapsed = exchange.time - time_,
                .delays = exchange.delays,
                .belief = judge.bank().mixture(),
                .agile = judge.bank().most_agile(),
                .agile_wander = wander::levels.back() * wander::levels.back(),
                .noise = judge.noise(),
                .precision = prior_.precision,
                .leader = opinions_[best_].bank().mixture(),
                .leader_noise = opinions_[best_].noise()};
  if (has_snapshot_) {
    view.before = {snapshot_.belief, snapshot_.time, snapshot_.sharpness};
  }
  change_ = watch_.judge(view);
  if (change_.is_none()) {
    end_late_run(exchange);
  } else {
    apply(change_);
  }
  if (change_.detour) exchange = change_.detour->taken_off(exchange);
  const auto newest = watch_.newest(view.belief.mean[rate_part]);
  if (!newest) return;
  // A full buffer that the judge learnt as noise is calm to it, but not to the one that leads.
  const bool is_calm =
      watch_.run_length() <= 1 && watch_.is_normal(exchange.delays, view.leader, view.leader_noise);
  for (std::size_t i = 0; i < noise::count; ++i) {
    const double doubt = opinions_[i].sharpen(*newest, exchange.time - time_, is_calm);
    if (i == best_) doubt_ = doubt;
  }
}

// A run of late samples is over, and the path is the one before it: what the filters made of the
// run is forgotten. However a late sample's delay is divided, it is as likely, so that after some
// in a row the agile filters have the word: seven of them moved the line by 1.4 ms.
void SourceLine::end_late_run(const TimedDelays& exchange) {
  if (!has_snapshot_ || watch_.run_length() < path::late_run) return;
  const LineBelief& before = snapshot_.belief;
  const double elapsed = exchange.time - snapshot_.time;
  if (!watch_.is_normal(exchange.delays, before, opinions_[watchful_].noise())) return;
  const double foretold = before.mean[offset_part] + elapsed * before.mean[rate_part];
  const double known = offset_variance_after(before, elapsed, snapshot_.wander);
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
    for (std::size_t i = 0; i < noise::count; ++i) opinions_[i].bank() = snapshot_.banks[i];
    time_ = snapshot_.time;
  }
  if (change.base > 0) has_snapshot_ = false;
  if (change.moves_base()) detours_.shift(change.base);
  const NoiseOpinion& judge = opinions_[change.is_leaders ? best_ : watchful_];
  const double base = judge.bank().mixture().mean[base_part] + change.base;
  for (NoiseOpinion& opinion : opinions_) {
    opinion.bank().change_all([&](LineBelief& f) { change_filter(f, change, base); });
  }
  if (change.detour) {
    set_out(detours_.take(*change.detour));
  } else if (change.restores_snapshot && detours_.way_index() != snapshot_.way) {
    set_out(detours_.way());
  }
}

// How far before it can come, by this opinion, the sample came, in sd; 0: it did not.
double SourceLine::earliness(const NoiseOpinion& opinion, const TimedDelays& exchange) const {
  const auto mean = opinion.bank().means();
  const TwoWayNoise noise = opinion.noise();
  const double elapsed = exchange.time - time_;
  const double turned = mean[offset_part] + elapsed * mean[rate_part] + mean[asymmetry_part];
  const double base = mean[base_part] - exchange.delays.half * mean[rate_part];
  const double up = base + turned - exchange.delays.up - noise.up.wait;
  const double down = base - turned - exchange.delays.down - noise.down.wait;
  if (up <= 0 && down <= 0) return 0;
  const LineBelief belief = opinion.bank().mixture();
  const double line = offset_variance_after(belief, elapsed, 0) + belief.cov(base_part, base_part);
  return std::max(up / std::sqrt(line + square(noise.up.jitter)),
                  down / std::sqrt(line + square(noise.down.jitter)));
}

// An opinion by which a packet came before it could, while the leader's has room for it, lives
// beside the truth: in its eyes a queue is the path. It begins anew with what the leader knows.
void SourceLine::drop_refuted(const TimedDelays& exchange) {
  const NoiseOpinion& leader = opinions_[best_];
  if (earliness(leader, exchange) > 0) return;
  for (NoiseOpinion& opinion : opinions_) {
    if (earliness(opinion, exchange) > line::refuting_earliness) opinion.bank() = leader.bank();
  }
}

// A normal sample is a safe point to return to, should the next ones turn out to be a new path.
void SourceLine::keep_snapshot(const TimedDelays& exchange) {
  const NoiseOpinion& judge = opinions_[watchful_];
  if (!watch_.is_normal(exchange.delays, judge.bank().mixture(), judge.noise())) return;
  for (std::size_t i = 0; i < noise::count; ++i) snapshot_.banks[i] = opinions_[i].bank();
  snapshot_.way = detours_.way_index();
  snapshot_.time = time_;
  snapshot_.belief = opinions_[best_].bank().mixture();
  snapshot_.wander = opinions_[best_].bank().mean_wander();
  // The judge, who knows no outliers, may have learnt a queue as noise: the leader knows better.
  snapshot_.sharpness =
      std::min(sharpness_of(judge.noise()), sharpness_of(opinions_[best_].noise()));
  has_snapshot_ = true;
  watch_.end_run();
}

double SourceLine::base_delay() const {
  const Detours::Known* way = detours_.way();
  return best_belief_.mean[base_part] + (way ? way->both() / 2 : 0);
}

bool SourceLine::is_in_doubt() const {
  if (!has_snapshot_ || watch_.run_length() < path::doubtful_run ||
      watch_.run_length() >= path::run) {
    return false;
  }
  const LineBelief& before = snapshot_.belief;
  const double variance = offset_variance_after(before, time_ - snapshot_.time, snapshot_.wander);
  return std::sqrt(variance) < watch_.least_excess(before) / path::rise_in_old_sds;
}

}  // namespace ntp
