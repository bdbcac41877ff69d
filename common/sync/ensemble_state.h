// The inside of the facade: what is kept for each source, and the steps from a sample to a
// combination. Split in three: ensemble.cc takes samples, ensemble_selection.cc decides who is
// believed, ensemble_report.cc answers questions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "common/sync/ensemble.h"
#include "common/sync/joint_filter.h"
#include "common/sync/offset_history.h"
#include "common/sync/proven_span.h"
#include "common/sync/regression.h"
#include "common/sync/selection.h"
#include "common/sync/selection_params.h"
#include "common/sync/source_line.h"

namespace ntp {

// A larger maxsamples is as good as none: the line forgets that far back by itself.
inline constexpr int most_limited_samples = 64;
inline constexpr int start_samples = 8;  // of a line that begins: their waits are short

struct SourceState {
  SourceState(const SourceOptions& o, const LinePrior& prior) : options{o}, line{prior} {}

  SourceOptions options;
  SourceLine line;
  OffsetHistory history{};
  SparseHistory sparse{};
  ProvenSpan proven{};
  std::vector<Sample> newest_few{};  // with a limit on the samples: what the line is made of
  Sample newest{};                   // its claims: root delay, dispersion, leap, stratum
  Nanos interval{0};                 // raw time between samples, see note_wait
  bool is_reachable = true;
  bool was_selected = false;  // before its newest sample
  bool runs_away = false;     // from the other servers, see mutual_drift.h
  Standing standing = Standing::missing;
  double unheard_wander = 0;  // the most that any line saw since its newest sample
  double score = 1;           // towards becoming the reference

  [[nodiscard]] std::uint8_t stratum() const {
    return std::max(newest.stratum, options.least_stratum);
  }
  // Of the newest sample, which the line has taken.
  void note_offset();
  // The newest sample came so long after the one before. Once there is a line the interval is
  // halved at most: after a burst the next wait is as long as before it. Taken for 2 s, a link that
  // was back had its first error slewed away in seconds at 100 ppm, and four minutes later clockd
  // called a source of 1024 s silent. A start is to be as quick as it asks.
  void note_wait(Nanos since) {
    interval = line.samples() <= start_samples ? since : std::max(since, interval / 2);
  }
};
static_assert(sizeof(SourceState) <= 24 * 1024, "the budget of a source");

struct Ensemble::State {
  explicit State(const EnsembleOptions& o) : options{o} {}

  EnsembleOptions options;
  std::array<std::unique_ptr<SourceState>, most_sources> sources{};
  JointFilter joint{};
  bool is_provisional = false;  // `joint` is of young lines; grown ones begin it anew
  int reference = -1;
  std::optional<Combined> combined{};

  void combine(int newest);
  void select(int newest, RawTime now);
  void spread_wander();
  bool vote(RawTime now);
  void accuse_drifters(int newest);
  [[nodiscard]] bool runs_away(const SourceState& source) const;
  void apply_wishes();
  void apply_combine_limit(RawTime now);
  void take_limited(SourceState& source, const Sample& sample);
  void forget_combination();
  void drop_unselected();
  bool feed_joint(int newest, int known);
  [[nodiscard]] int best_known() const;
  void choose_reference(int newest, RawTime now);
  void lead_anew();
  void publish(int newest, const LineState& line);
  [[nodiscard]] Nanos time_scale(Nanos interval) const;
  // Of the line at its anchor, by this source alone, the server's claims included.
  [[nodiscard]] Nanos bound_by(const SourceState& source, const Estimate& line,
                               const LineState& state) const;

  [[nodiscard]] bool is_start() const;
  // That a source must have to vote.
  [[nodiscard]] int least_samples(const SourceState& source) const;
  [[nodiscard]] Standing vet(const SourceState& source, RawTime now) const;
  [[nodiscard]] LinePrior prior() const;
  // maxsamples; 0 = no limit.
  [[nodiscard]] int sample_limit(const SourceState& source) const {
    const int own = source.options.most_samples;
    return std::min(own > 0 ? own : options.most_samples, most_limited_samples);
  }
  // Its line will be taken from its first exchange once more: the noise scale is still a guess. One
  // that three samples made far too small held the common rate 1 ppm off for an hour.
  [[nodiscard]] bool is_young(const SourceState& source) const {
    const int limit = sample_limit(source);
    const int grown = static_cast<int>(line::first_exchanges);
    return source.line.samples() < (limit > 0 ? std::min(limit, grown) : grown);
  }
  // What references are compared by, s.
  [[nodiscard]] double rank(const SourceState& source, RawTime now) const;
  // The source's own part of its distance and the server's claims, s.
  [[nodiscard]] double root_distance(const SourceState& source, RawTime now) const;
  [[nodiscard]] double interval_width(const SourceState& source, RawTime now) const;
  [[nodiscard]] double wander() const;
  [[nodiscard]] int count(Standing standing) const;
  [[nodiscard]] SourceState* source(int index) const {
    return sources[static_cast<std::size_t>(index)].get();
  }
};

// The source's offsets vary from one to the next by more than `most` s, one sd.
[[nodiscard]] bool is_scattered(const SourceState& source, double most);

// `sds` of the line's rate; of its mean over the last `span`, in which it wandered.
[[nodiscard]] inline Rate rate_doubt(const LineState& line, double sds, Nanos span = {}) {
  const double variance = line.rate_variance + line.wander * to_seconds(span) / 3;
  return Rate{sds * std::sqrt(std::max(variance, 0.0))};
}

// UTC minus raw time by the line, at `t`, s from `origin`.
[[nodiscard]] inline double offset_from(const LineState& line, RawTime t, Nanos origin) {
  return line.offset_at(t) + to_seconds(line.origin - origin);
}

}  // namespace ntp
