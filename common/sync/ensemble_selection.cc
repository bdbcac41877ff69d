// See ensemble.h. Who is believed: every source's standing after a sample.
#include <algorithm>
#include <cmath>

#include "common/sync/ensemble_state.h"
#include "common/sync/mutual_drift.h"
#include "common/sync/selection_params.h"

namespace ntp {
namespace {

// Copies of so many offsets of each of some servers, for mutual_drift.
template <std::size_t most>
struct Compared {
  std::array<std::array<MeasuredOffset, most>, selection::most_compared> copies;
  std::array<MeasuredOffsets, selection::most_compared> servers;
  std::size_t count = 0;

  void add(const auto& history) {  // REQUIRES: there is room
    const std::size_t kept = history.copy_weighed(copies[count]);
    servers[count] = std::span{copies[count]}.first(kept);
    ++count;
  }
  [[nodiscard]] std::span<const MeasuredOffsets> all() const {
    return std::span{servers}.first(count);
  }
};

}  // namespace

// Gives every source its standing: its own tests, the vote, the drifts, the operator's wishes.
void Ensemble::State::select(int newest, RawTime now) {
  for (const auto& s : sources) {
    if (s) s->standing = vet(*s, now);
  }
  spread_wander();
  if (!vote(now)) return;
  accuse_drifters(newest);
  apply_wishes();
  if (options.combine_limit) apply_combine_limit(now);
}

// The crystal is one: a line that was not heard since others saw it change does not know how far it
// may be off.
void Ensemble::State::spread_wander() {
  double most = 0;
  for (const auto& s : sources) {
    if (!s || s->standing != Standing::selected) continue;
    if (s->line.samples() < selection::established) continue;
    most = std::max(most, s->line.best().bank().mean_wander());
  }
  for (const auto& s : sources) {
    if (s) s->unheard_wander = std::max(s->unheard_wander, most);
  }
}

bool Ensemble::State::vote(RawTime now) {
  std::array<Candidate, most_sources> table;
  std::size_t used = 0;
  Nanos origin{0};
  int waiting = 0;
  for (int i = 0; i < most_sources; ++i) {
    const SourceState* s = source(i);
    if (s && s->standing == Standing::waiting_statistics && s->line.samples() > 0) ++waiting;
    if (!s || s->standing != Standing::selected) continue;
    if (used == 0) origin = s->line.origin();
    const double offset = offset_from(s->line.state(), now, origin);
    const double width = interval_width(*s, now);
    table[used++] = {
        .index = i, .low = offset - width, .high = offset + width, .is_trusted = s->options.trust};
  }
  const std::span candidates{table.data(), used};
  // At the start the first to answer does not decide alone while others are about to.
  const bool is_too_early = !combined && waiting >= static_cast<int>(used);
  const bool agreed = !is_too_early && find_truechimers(candidates);
  for (const Candidate& c : candidates) {
    source(c.index)->standing = is_too_early ? Standing::waiting_others : c.standing;
  }
  return agreed;
}

// The vote passed them, and while those that run away are not the most of them they are out.
void Ensemble::State::accuse_drifters(int newest) {
  SourceState* heard = newest < 0 ? nullptr : source(newest);
  if (heard != nullptr && heard->standing == Standing::selected) {
    heard->runs_away = runs_away(*heard);
  }
  const auto is_accused = [](const std::unique_ptr<SourceState>& s) {
    return s && s->standing == Standing::selected && s->runs_away;
  };
  if (2 * std::ranges::count_if(sources, is_accused) > count(Standing::selected)) return;
  for (int i = 0; i < most_sources; ++i) {
    if (!is_accused(sources[static_cast<std::size_t>(i)])) continue;
    source(i)->standing = Standing::falseticker;
    // What it said is in the common line: begin that anew.
    if (joint.is_member(i)) joint.forget();
  }
}

// From the others that passed the vote and run with the most: by what is new of them, or over
// hours.
bool Ensemble::State::runs_away(const SourceState& suspect) const {
  Compared<selection::newest_compared> newest;
  Compared<selection::sparse_compared> sparse;
  const auto add = [&](const SourceState& s) {
    newest.add(s.history);
    sparse.add(s.sparse);
  };
  add(suspect);
  for (const auto& s : sources) {
    if (!s || s.get() == &suspect || s->standing != Standing::selected || s->runs_away) continue;
    if (newest.count < selection::most_compared) add(*s);
  }
  return ntp::runs_away(newest.all(), suspect.runs_away) ||
         ntp::runs_away(sparse.all(), suspect.runs_away);
}

// minsources, require (one of those that have it is enough) and prefer.
void Ensemble::State::apply_wishes() {
  bool wants_required = false, has_required = false, has_preferred = false;
  for (const auto& s : sources) {
    if (!s) continue;
    const bool is_selected = s->standing == Standing::selected;
    wants_required |= s->options.require && !s->options.noselect;
    has_required |= s->options.require && is_selected;
    has_preferred |= s->options.prefer && is_selected;
  }
  const bool waits =
      (wants_required && !has_required) || count(Standing::selected) < options.least_sources;
  for (const auto& s : sources) {
    if (!s || s->standing != Standing::selected) continue;
    if (waits) s->standing = Standing::waiting_others;
    if (!waits && has_preferred && !s->options.prefer) s->standing = Standing::not_preferred;
  }
}

// combinelimit: who is much further away than the reference is not combined with it.
void Ensemble::State::apply_combine_limit(RawTime now) {
  const SourceState* lead = nullptr;
  for (const auto& s : sources) {
    if (!s || s->standing != Standing::selected) continue;
    if (lead == nullptr || rank(*s, now) < rank(*lead, now)) lead = s.get();
  }
  if (lead == nullptr) return;
  const SourceState* held = reference < 0 ? nullptr : source(reference);
  if (held != nullptr && held->standing == Standing::selected &&
      rank(*held, now) < selection::far_nearer * rank(*lead, now)) {
    lead = held;
  }
  const double limit =
      *options.combine_limit * (rank(*lead, now) + to_seconds(options.reselect_distance));
  for (const auto& s : sources) {
    if (!s || s.get() == lead || s->standing != Standing::selected) continue;
    if (rank(*s, now) > limit) s->standing = Standing::outlier;
  }
}

bool Ensemble::State::is_start() const {
  return std::ranges::none_of(sources, [](const std::unique_ptr<SourceState>& s) {
    return s && s->line.samples() >= selection::established;
  });
}

int Ensemble::State::least_samples(const SourceState& s) const {
  const bool is_clear = s.line.surprise() <= selection::contradiction;
  const int least = is_clear && is_start() ? selection::least_at_start : selection::least_samples;
  const int limit = sample_limit(s);
  return limit > 0 ? std::min(limit, least) : least;
}

// A source's own tests; `selected` means that it may vote.
Standing Ensemble::State::vet(const SourceState& s, RawTime now) const {
  if (s.options.noselect) return Standing::noselect;
  if (s.line.samples() == 0) return Standing::missing;
  if (s.newest.leap == Leap::unsynchronised || s.stratum() >= 16) {
    return Standing::unsynchronised;
  }
  if (s.stratum() < options.least_stratum || s.stratum() > options.most_stratum) {
    return Standing::bad_stratum;
  }
  if (!s.is_reachable) return Standing::stale;
  if (s.options.is_orphan) return Standing::orphan;
  if (s.line.samples() < least_samples(s)) return Standing::waiting_statistics;
  if (root_distance(s, now) > to_seconds(options.most_distance)) return Standing::distant_root;
  const double doubt = std::sqrt(s.line.state().offset_variance);
  const double most = to_seconds(options.most_jitter);
  if (doubt > most || is_scattered(s, most)) return Standing::jittery;
  return Standing::selected;
}

int Ensemble::State::count(Standing standing) const {
  return static_cast<int>(
      std::ranges::count_if(sources, [&](const auto& s) { return s && s->standing == standing; }));
}

}  // namespace ntp
