// See ensemble.h.
#include "common/sync/ensemble.h"

#include <algorithm>
#include <cmath>

#include "common/sync/ensemble_state.h"
#include "common/sync/selection_params.h"

namespace ntp {

Ensemble::Ensemble(const EnsembleOptions& options) : state_{std::make_unique<State>(options)} {}
Ensemble::~Ensemble() = default;
Ensemble::Ensemble(Ensemble&&) noexcept = default;
Ensemble& Ensemble::operator=(Ensemble&&) noexcept = default;

LinePrior Ensemble::State::prior() const {
  return {.rate = options.start_rate.fraction,
          .rate_deviation = options.start_rate_deviation.fraction,
          .precision = std::max(1e-9, to_seconds(options.clock_precision))};
}

std::optional<SourceIndex> Ensemble::add(const SourceOptions& options) {
  const auto free = std::ranges::find_if(state_->sources, [](const auto& s) { return !s; });
  if (free == state_->sources.end()) return std::nullopt;
  *free = std::make_unique<SourceState>(options, state_->prior());
  return SourceIndex{static_cast<int>(free - state_->sources.begin())};
}

void Ensemble::remove(SourceIndex source) {
  State& all = *state_;
  all.joint.drop(source.value);
  all.sources[static_cast<std::size_t>(source.value)].reset();
  all.lead_anew();
}

void Ensemble::change(SourceIndex source, const SourceOptions& options) {
  SourceState& s = *state_->source(source.value);
  if (const Nanos moved = options.offset - s.options.offset; moved != Nanos{0}) {
    s.proven = {};
    s.history.leap(moved);
    s.sparse.leap(moved);
  }
  s.options = options;
  state_->lead_anew();
}

void Ensemble::change(const EnsembleOptions& options) {
  EnsembleOptions& present = state_->options;
  const Rate rate = present.start_rate, deviation = present.start_rate_deviation;
  present = options;
  present.start_rate = rate;
  present.start_rate_deviation = deviation;
  state_->lead_anew();
}

void Ensemble::mark_reachable(SourceIndex source, bool reachable) {
  SourceState& s = *state_->source(source.value);
  if (s.is_reachable == reachable) return;
  s.is_reachable = reachable;
  state_->combine(-1);
}

void Ensemble::begin_epoch() {
  State& all = *state_;
  if (all.combined) {
    all.options.start_rate = all.combined->line.rate;
    all.options.start_rate_deviation = std::max(ppm(0.1), all.combined->skew);
  }
  for (auto& source : all.sources) {
    if (!source) continue;
    const bool reachable = source->is_reachable;
    source = std::make_unique<SourceState>(source->options, all.prior());
    source->is_reachable = reachable;
  }
  all.forget_combination();
}

void Ensemble::leap(Nanos jump) {
  for (auto& s : state_->sources) {
    if (!s) continue;
    s->line.leap(jump);
    s->history.leap(jump);
    s->sparse.leap(jump);
    s->proven = {};
  }
  state_->joint.leap(jump);
  if (state_->combined) state_->combined->line.utc += jump;
}

void Ensemble::take(SourceIndex source, const Sample& sample) {
  SourceState& s = *state_->source(source.value);
  s.was_selected = s.standing == Standing::selected;
  s.unheard_wander = 0;
  Sample moved = sample;
  moved.server_received += s.options.offset;
  moved.server_sent += s.options.offset;
  const RawTime before = s.line.last();
  const bool is_first = s.line.samples() == 0;
  if (state_->sample_limit(s) > 0) state_->take_limited(s, moved);
  else s.line.take(moved);
  s.newest = moved;
  const Nanos since = is_first ? 16s : s.line.last() - before;
  s.note_wait(since);
  if (!s.options.is_reference) {
    Sample read = moved;  // no more precisely than the operator says that the clock can be
    read.precision = std::max(read.precision, state_->options.clock_precision);
    s.proven.take(read, Rate{s.line.state().rate},
                  rate_doubt(s.line.state(), joint::proven_rate_sds, since));
  }
  s.note_offset();
  state_->combine(source.value);
}

// The line once more from its newest few samples.
void Ensemble::State::take_limited(SourceState& source, const Sample& sample) {
  const auto limit = static_cast<std::size_t>(sample_limit(source));
  source.newest_few.push_back(sample);
  if (source.newest_few.size() <= limit) return source.line.take(sample);
  source.newest_few.erase(source.newest_few.begin(),
                          source.newest_few.end() - static_cast<std::ptrdiff_t>(limit));
  source.line = SourceLine{prior()};
  for (const Sample& each : source.newest_few) source.line.take(each);
}

// Jitter of both directions stays whatever the delay; what the round trip is longer than it has to
// be came in either: anywhere between is as likely. A detour that is known is no part of it.
void SourceState::note_offset() {
  const TwoWayNoise noise = line.best().noise();
  const double excess = std::max(0.0, to_seconds(newest.delay()) - 2 * line.base_delay());
  const double jitter = square(noise.up.jitter) + square(noise.down.jitter);
  const Nanos offset = line.origin() + to_nanos(line.last_delays().offset());
  const MeasuredOffset measured{line.last(), offset, jitter / 4 + square(excess) / 12};
  history.add(measured);
  sparse.add(measured);
}

const std::optional<Combined>& Ensemble::combined() const { return state_->combined; }

// From the source whose sample is new (-1: none is) to a new combination.
void Ensemble::State::combine(int newest) {
  RawTime now{};
  for (const auto& s : sources) {
    if (s && s->line.samples() > 0) now = std::max(now, s->line.last());
  }
  select(newest, now);
  const int selected = count(Standing::selected);
  if (selected == 0) return forget_combination();
  if (newest < 0 || source(newest)->standing != Standing::selected) return;
  if (selected == 1) {
    joint.forget();
    reference = newest;
    return publish(newest, source(newest)->line.state());
  }
  const int known = best_known();
  if (!joint.is_started() && source(known)->line.is_in_doubt()) {
    reference = known;
    return publish(known, source(known)->line.state());
  }
  if (!feed_joint(newest, known)) return;
  choose_reference(newest, now);
  publish(newest, joint.state());
}

void Ensemble::State::forget_combination() {
  joint.forget();
  reference = -1;
  combined.reset();
}

void Ensemble::State::drop_unselected() {
  for (int i = 0; i < most_sources; ++i) {
    if (source(i) && source(i)->standing != Standing::selected) joint.drop(i);
  }
}

bool Ensemble::State::feed_joint(int newest, int known) {
  drop_unselected();
  if (is_provisional && !is_young(*source(known))) joint.forget();
  if (!joint.is_started()) is_provisional = is_young(*source(known));
  if (!is_provisional && is_young(*source(newest))) {
    if (joint.is_member(newest)) joint.forget();  // it began anew: what it said before is in there
    return false;
  }
  const double now = joint::wander_boost * wander();
  if (!joint.is_started() && known != newest) (void)joint.take(known, source(known)->line, now);
  const auto take = [&] { return joint.take(newest, source(newest)->line, now); };
  JointFilter::Outcome outcome = take();
  // Of what was refuted nothing is kept: who refuted it begins.
  if (outcome == JointFilter::Outcome::broken) outcome = take();
  return outcome == JointFilter::Outcome::taken;
}

// Sources or wishes changed, and no sample came: who may be followed now is, where nobody was or
// the reference went. A line knows its time whether or not it was followed before.
void Ensemble::State::lead_anew() {
  combine(-1);
  const SourceState* lead = reference < 0 ? nullptr : source(reference);
  if (lead != nullptr && lead->standing == Standing::selected) return;
  if (count(Standing::selected) == 0) return;
  drop_unselected();
  reference = -1;
  for (int i = 0; i < most_sources && reference < 0; ++i) {
    if (joint.is_member(i)) choose_reference(i, source(i)->line.last());
  }
  if (reference < 0) return combine(best_known());
  publish(reference, joint.state());
}

// The nearest source by distance and stratum leads, but not at every flutter of a delay.
void Ensemble::State::choose_reference(int newest, RawTime now) {
  const auto distance = [&](const SourceState& s) { return rank(s, now); };
  const bool is_vacant = reference < 0 || source(reference)->standing != Standing::selected ||
                         !joint.is_member(reference);
  if (is_vacant) {
    reference = newest;
    for (int i = 0; i < most_sources; ++i) {
      if (joint.is_member(i) && distance(*source(i)) < distance(*source(reference))) reference = i;
    }
  }
  SourceState& s = *source(newest);
  if (newest == reference || is_vacant) {
    s.score = 1;
    return;
  }
  s.score = std::max(1.0, s.score * distance(*source(reference)) / distance(s));
  if (s.score < selection::score_to_lead) return;
  reference = newest;
  for (const auto& each : sources) {
    if (each) each->score = 1;
  }
}

}  // namespace ntp
