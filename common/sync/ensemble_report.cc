// What the ensemble answers: the combination after a sample; statistics for reports, evidence for
// poll control, and what its sources know best.
#include <algorithm>
#include <cmath>

#include "common/sync/ensemble_state.h"
#include "common/sync/leap_vote.h"
#include "common/sync/poll_params.h"
#include "common/sync/selection_params.h"

namespace ntp {
namespace {

// Of the newest `most` offsets; 0 = all.
LineFit fit_history(const OffsetHistory& history, int most) {
  std::array<Point, OffsetHistory::capacity> points;
  const std::size_t kept = history.size();
  const std::size_t n = most > 0 ? std::min(kept, static_cast<std::size_t>(most)) : kept;
  if (n == 0) return {};
  const MeasuredOffset newest = history[kept - 1];
  for (std::size_t i = 0; i < n; ++i) {
    const MeasuredOffset each = history[kept - n + i];
    points[i] = {.time = to_seconds(each.at - newest.at),
                 .value = to_seconds(each.offset - newest.offset)};
  }
  constexpr int least_shown = 6;
  return fit_newest(std::span{points}.first(n), least_shown);
}

double variance_of(const Noise& noise) {
  const double hidden = poll::hidden_share * noise.wait;
  return noise.stages * hidden * hidden + noise.jitter * noise.jitter;
}

// sd of the offset that one exchange shows, s: the sharper direction says most.
double offset_noise(const TwoWayNoise& noise) {
  return 1 / std::sqrt(1 / variance_of(noise.up) + 1 / variance_of(noise.down));
}

}  // namespace

// By the median of what an offset differs by from the one before, beyond the rate: some late
// packets do not widen it. Half of the differences decide where it lies.
bool is_scattered(const SourceState& source, double most) {
  constexpr double median_of_difference = 0.954;  // of two Gaussians of one sd
  const double limit = median_of_difference * most, rate = source.line.state().rate;
  const std::size_t kept = source.history.size();
  if (kept < 2) return false;
  std::size_t larger = 0;
  for (std::size_t i = 1; i < kept; ++i) {
    const MeasuredOffset before = source.history[i - 1];
    const MeasuredOffset each = source.history[i];
    larger += std::abs(to_seconds(each.offset - before.offset) -
                       rate * to_seconds(each.at - before.at)) > limit
                  ? 1
                  : 0;
  }
  return 2 * larger >= kept - 1;
}

// The oscillator's wander as the selected sources see it, the sharper the more: noise hides it.
double Ensemble::State::wander() const {
  double sum = 0, weights = 0;
  for (const auto& s : sources) {
    if (!s || s->standing != Standing::selected) continue;
    const NoiseOpinion& best = s->line.best();
    const double weight = 1 / offset_noise(best.noise());
    sum += weight * std::log(best.bank().wander());
    weights += weight;
  }
  return std::exp(sum / weights);
}

// Who begins the common line: whose rate is known best. A newcomer's own line would throw away
// what the others learnt.
int Ensemble::State::best_known() const {
  int best = -1;
  for (int i = 0; i < most_sources; ++i) {
    if (!source(i) || source(i)->standing != Standing::selected) continue;
    const double variance = source(i)->line.state().rate_variance;
    if (best < 0 || variance < source(best)->line.state().rate_variance) best = i;
  }
  return best;
}

SourceStatistics Ensemble::statistics(SourceIndex index, RawTime now) const {
  const SourceState& s = *state_->source(index.value);
  SourceStatistics report;
  report.score = s.score;
  report.standing = s.standing;
  if (s.standing == Standing::selected) {
    report.standing = index.value == state_->reference       ? Standing::selected
                      : state_->joint.is_member(index.value) ? Standing::combined
                                                             : Standing::outlier;
  }
  if (s.line.samples() == 0) return report;

  const LineFit fit = fit_history(s.history, state_->sample_limit(s));
  const std::size_t kept = s.history.size();
  const auto oldest = kept - static_cast<std::size_t>(fit.points);
  report.samples = fit.points;
  report.runs = fit.runs;
  report.span = s.history[kept - 1].at - s.history[oldest].at;
  report.deviation = to_nanos(fit.deviation);

  const LineState line = s.line.state();
  const double last_deviation = std::sqrt(std::max(line.offset_variance, 0.0));
  report.offset_deviation = to_nanos(last_deviation);
  report.skew = rate_doubt(line, joint::skew_sds);
  const Nanos served = s.line.last().since_zero + line.origin + to_nanos(line.offset);
  if (!state_->combined) return report;
  const Estimate& ours = state_->combined->line;
  report.residual_rate = Rate{line.rate} - ours.rate;
  report.offset = ours.at(s.line.last()).since_zero - served;
  const double ahead = offset_from(line, now, ours.utc.since_zero - ours.anchor.since_zero) -
                       to_seconds(ours.rate * (now - ours.anchor));
  const double width = state_->interval_width(s, now);
  report.low = to_nanos(ahead - width);
  report.high = to_nanos(ahead + width);
  return report;
}

Nanos Ensemble::predicted_deviation(SourceIndex index, RawTime when) const {
  const SourceState& s = *state_->source(index.value);
  if (s.line.samples() == 0) return Nanos::max() / 4;
  return to_nanos(std::sqrt(s.line.state().variance_at(when)));
}

PollEvidence Ensemble::poll_evidence(SourceIndex index, int poll_log2) const {
  const SourceState& s = *state_->source(index.value);
  if (s.line.samples() == 0) return {};
  const LineState line = s.line.state();
  const Nanos interval = to_nanos(std::ldexp(1.0, poll_log2));
  const auto deviation = [&](Nanos later) {
    return to_nanos(std::sqrt(line.variance_at(line.at + later)));
  };
  const double noise = offset_noise(s.line.best().noise());
  return {.deviation = deviation(interval),
          .deviation_now = deviation(Nanos{0}),
          .noise = to_nanos(noise),
          .intercept = to_nanos(std::pow(noise * noise / s.line.best().bank().wander(), 1.0 / 3)),
          .surprise = s.line.surprise(),
          .samples = s.line.samples(),
          .is_on_trust = s.line.is_on_trust(),
          .was_selected = s.was_selected};
}

double Ensemble::State::root_distance(const SourceState& s, RawTime now) const {
  const double age = std::max(0.0, to_seconds(now - s.line.last()));
  // A base delay below zero is a wrong belief; it must not make the distance look short.
  return std::abs(s.line.base_delay()) + to_seconds(s.newest.root_delay) / 2 +
         to_seconds(s.newest.root_dispersion) + age * options.clock_error.fraction;
}

double Ensemble::State::rank(const SourceState& s, RawTime now) const {
  return std::max(root_distance(s, now), to_seconds(options.reselect_distance)) +
         s.stratum() * to_seconds(options.stratum_weight);
}

double Ensemble::State::interval_width(const SourceState& s, RawTime now) const {
  LineState line = s.line.state();
  line.wander = std::max(line.wander, s.unheard_wander);
  return root_distance(s, now) + selection::interval_sds * std::sqrt(line.variance_at(now));
}

// In the start the intervals are short, and each sample moves the line by much of what is not known
// of it: taken at the pace of the samples, that is frequency.
Nanos Ensemble::State::time_scale(Nanos interval) const {
  int most = 0;
  for (const auto& s : sources) {
    if (s) most = std::max(most, s->line.samples());
  }
  if (most < settling::first_sample || most >= settling::end_sample) return interval;
  return std::max(interval, std::min(settling::intervals * interval, settling::most));
}

// The narrower of two: the path's delay and the line's doubt, and what exchanges prove.
Nanos Ensemble::State::bound_by(const SourceState& s, const Estimate& line,
                                const LineState& state) const {
  const double believed =
      root_distance(s, line.anchor) + joint::bound_sds * to_seconds(line.deviation);
  if (!s.proven.is_known()) return to_nanos(believed);
  const Nanos claimed = s.newest.root_delay / 2 + s.newest.root_dispersion;
  const Nanos proven = s.proven.most_error(line.anchor, line.utc, line.rate,
                                           rate_doubt(state, joint::proven_rate_sds)) +
                       claimed;
  return std::min(to_nanos(believed), proven);
}

void Ensemble::State::publish(int newest, const LineState& line) {
  const SourceState& lead = *source(reference);
  const double deviation = std::sqrt(std::max(line.offset_variance, least_variance));
  Combined now;
  now.line = {.anchor = line.at,
              .utc = UtcTime{line.at.since_zero + line.origin + to_nanos(line.offset)},
              .rate = Rate{line.rate},
              .bound_growth = rate_doubt(line, joint::bound_rate_sds) + options.clock_error,
              .deviation = to_nanos(deviation)};
  const Nanos leads = bound_by(lead, now.line, line);
  now.line.bound = leads;
  std::array<Leap, most_sources> votes;
  std::size_t voters = 0;
  for (const auto& s : sources) {
    if (!s || s->standing != Standing::selected) continue;
    now.line.bound = std::min(now.line.bound, bound_by(*s, now.line, line));
    votes[voters++] = s->newest.leap;
  }
  // Delay and dispersion make up the lead's bound; what a server says of itself is never less here.
  now.root_delay =
      std::min(lead.newest.root_delay + to_nanos(2 * std::max(0.0, lead.line.base_delay())),
               2 * (leads - lead.newest.root_dispersion));
  now.root_dispersion = leads - now.root_delay / 2;
  now.reference = SourceIndex{reference};
  now.stratum = static_cast<std::uint8_t>(std::min(lead.stratum() + 1, 16));
  now.leap = count_leap_votes(std::span{votes}.first(voters));
  for (int i = 0; i < most_sources; ++i) now.combined_sources += joint.is_member(i);
  now.combined_sources = std::max(now.combined_sources, 1);
  now.skew = rate_doubt(line, joint::skew_sds);
  now.sample_interval = source(newest)->interval;
  now.time_scale = time_scale(now.sample_interval);
  now.tracking_deviation =
      joint.is_started() ? to_nanos(std::sqrt(joint.tracking_variance())) : to_nanos(deviation);
  combined = now;
}

}  // namespace ntp
