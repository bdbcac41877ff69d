// All sources together: per-source lines, selection against falsetickers, combination into
// one estimate of UTC. The facade of common/sync: the network daemon, the simulator and the
// replay bench drive exactly this. Pure: is told the time, makes no call, logs nothing.
// Poll intervals are decided by common/sync/poll_interval from `poll_evidence`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/sync/poll_interval.h"
#include "common/sync/sample.h"
#include "common/time/estimate.h"

namespace ntp {

inline constexpr int most_sources = 64;

// A source's place in the ensemble, 0 .. most_sources-1; reused after `remove`.
struct SourceIndex {
  int value = -1;
  constexpr auto operator<=>(const SourceIndex&) const = default;
};

// What the operator said about a source (chrony.conf(5), server options).
struct SourceOptions {
  bool prefer = false;
  bool noselect = false;
  bool trust = false;
  bool require = false;
  bool is_reference = false;       // a device: its round trip stands for noise and proves nothing
  bool is_orphan = false;          // serves its own network's time while there is real time
  std::uint8_t least_stratum = 0;  // minstratum
  Nanos offset{0};                 // correction added to the source's offsets
  int most_samples = 0;            // maxsamples: the line rests on the newest so many; 0 = all
};

// What the operator said about selection (chrony.conf(5)).
struct EnsembleOptions {
  Rate start_rate{};                    // drift file: UTC gained per raw second, minus one
  Rate start_rate_deviation = ppm(50);  // one standard deviation of start_rate
  Nanos clock_precision{10};
  Nanos most_distance{3s};  // maxdistance
  Nanos most_jitter{1s};    // maxjitter
  int least_stratum = 0;    // minstratum and maxstratum: others are not used
  int most_stratum = 15;
  int least_sources = 1;                  // minsources
  Rate clock_error = ppm(1);              // maxclockerror
  int most_samples = 0;                   // maxsamples, where the source has none of its own
  Nanos stratum_weight{1ms};              // stratumweight: what a stratum adds to a distance
  Nanos reselect_distance{100us};         // reselectdist: shorter distances count as this
  std::optional<double> combine_limit{};  // combinelimit: at most so many times the reference's
                                          // distance; unset = all, by their weight
};

// selectdata's letters (chronyc(1)); the order is the order of the tests.
enum class Standing : char {
  selected = '*',
  combined = '+',
  noselect = 'N',
  missing = 'M',
  unsynchronised = 's',
  bad_stratum = 'r',
  distant_root = 'd',
  jittery = '~',
  waiting_statistics = 'w',
  stale = 'S',
  orphan = 'O',
  untrusted = 'T',
  falseticker = 'x',
  waiting_others = 'W',
  not_preferred = 'P',
  waiting_update = 'U',
  outlier = 'L',
};

// A source's line and what reports say of it (sourcestats, selectdata, sources).
struct SourceStatistics {
  int samples = 0;       // used now
  int runs = 0;          // sign runs of the residuals
  Nanos span{0};         // raw time from the oldest to the newest of them
  Rate residual_rate{};  // the source's rate against the combined estimate
  Rate skew{};           // error bound of residual_rate, 95 %
  Nanos offset{0};  // combined estimate minus source at the last sample; positive: we are ahead
  Nanos offset_deviation{0};  // one standard deviation of it
  Nanos deviation{0};         // residual standard deviation of the samples
  Nanos low{0}, high{0};      // selection interval, offset of source from our estimate
  double score = 1;
  Standing standing = Standing::missing;
};

// The ensemble's answer after a sample.
struct Combined {
  Estimate line{};
  Nanos root_delay{0};  // of the reference source, including our own path
  Nanos root_dispersion{0};
  SourceIndex reference{};    // system peer
  std::uint8_t stratum = 16;  // ours: reference's + 1
  Leap leap = Leap::unsynchronised;
  int combined_sources = 0;
  Rate skew{};               // error bound of line.rate, 95 %
  Nanos sample_interval{0};  // raw time between the reference's samples, bursts left out
  Nanos time_scale{0};       // longest of the servo: that interval, a multiple in the start
  Nanos tracking_deviation{
      0};  // sd of the line without the unobservable common asymmetry (ALGORITHM.md 5)
};

class Ensemble {
 public:
  explicit Ensemble(const EnsembleOptions& options);
  ~Ensemble();
  Ensemble(Ensemble&&) noexcept;
  Ensemble& operator=(Ensemble&&) noexcept;

  // nullopt when all places are taken.
  [[nodiscard]] std::optional<SourceIndex> add(const SourceOptions& options);
  void remove(SourceIndex source);
  void change(SourceIndex source, const SourceOptions& options);
  // The operator's word on selection changed; what was learnt stays, the start rate too.
  void change(const EnsembleOptions& options);

  // Feeds one sample and makes the new combination. Samples come in order of `received` per source.
  void take(SourceIndex source, const Sample& sample);
  // Reachability register empty or not; unreachable sources age out of the selection.
  void mark_reachable(SourceIndex source, bool reachable);
  // The raw clock lost its continuity (suspend, clocksource change): offsets go, rates stay as
  // hints.
  void begin_epoch();
  // UTC's count jumps by a leap second: every line jumps with it, nothing else changes.
  void leap(Nanos jump);

  // The last combination; nullopt while there is none (no majority, nothing selectable).
  [[nodiscard]] const std::optional<Combined>& combined() const;
  // As seen at `now`.
  [[nodiscard]] SourceStatistics statistics(SourceIndex source, RawTime now) const;
  // Predicted standard deviation of the source's line at `when`, for poll control.
  [[nodiscard]] Nanos predicted_deviation(SourceIndex source, RawTime when) const;
  // What poll control wants to know just after `take`, for an interval of 2^poll_log2 s.
  [[nodiscard]] PollEvidence poll_evidence(SourceIndex source, int poll_log2) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ntp
