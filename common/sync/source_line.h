// One source's line: its offset and rate against the raw clock, its path's base delay, and how
// well each is known. Nine opinions of the noise, each a bank of wander levels, weighed by
// evidence; a watch over the path. O(1) per sample, allocates nothing. Knows no other source.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "common/sync/detours.h"
#include "common/sync/first_exchanges.h"
#include "common/sync/noise_opinion.h"
#include "common/sync/path_watch.h"
#include "common/sync/sample.h"
#include "common/sync/second_look.h"

namespace ntp {

// What is known beforehand.
struct LinePrior {
  double rate = 0;               // UTC gained per raw second, minus one
  double rate_deviation = 5e-5;  // one sd
  double precision = 1e-8;       // s; no noise scale is believed below it
};

// The published state: a line through (at, origin + offset).
struct LineState {
  RawTime at{};
  Nanos origin{0};    // UTC minus raw time that `offset` counts from
  double offset = 0;  // s
  double rate = 0;
  double offset_variance = 0, covariance = 0, rate_variance = 0;
  double wander = 0;  // spectral density of the rate's wander, 1/s

  [[nodiscard]] double offset_at(RawTime t) const { return offset + rate * to_seconds(t - at); }
  [[nodiscard]] double variance_at(RawTime t) const;
};

class SourceLine {
 public:
  explicit SourceLine(const LinePrior& prior) : prior_{prior} {}

  void take(const Sample& sample);

  [[nodiscard]] int samples() const { return samples_; }
  [[nodiscard]] RawTime last() const { return last_; }
  [[nodiscard]] Nanos origin() const { return origin_; }
  // UTC's count jumped by a leap second.
  void leap(Nanos jump) { origin_ += jump; }
  // REQUIRES for all below: samples() > 0.
  [[nodiscard]] const Delays& last_delays() const { return last_delays_; }
  [[nodiscard]] const LineState& state() const { return state_; }  // all opinions together
  [[nodiscard]] const LineBelief& best_belief() const { return best_belief_; }
  [[nodiscard]] const NoiseOpinion& best() const { return opinions_[best_]; }
  // The rate is mostly a word from before, which the first exchanges may still refute.
  [[nodiscard]] bool is_on_trust() const;
  // The base delay may have changed; the state is the old line carried on.
  [[nodiscard]] bool is_in_doubt() const;
  // What the last sample did to the path.
  [[nodiscard]] const PathChange& last_change() const { return change_; }
  // How far off, s, the last sample showed the base to be that was learnt from a queue, or a second
  // look the line; mostly 0.
  [[nodiscard]] double doubt() const { return doubt_; }
  // |prediction error| of the last sample that its delay cannot excuse, in sd.
  [[nodiscard]] double surprise() const { return surprise_; }
  // One way, s, of the path that the samples take now.
  [[nodiscard]] double base_delay() const;

 private:
  using Banks = std::array<WanderBank, noise::count>;
  struct Snapshot {
    Banks banks{};
    LineBelief belief{};  // of the best of them
    double wander = 0;    // ... and its mean density
    double time = 0;
    std::optional<std::size_t> way{};
    double sharpness = 0;
  };

  // A rate is known from before, to much less than what is assumed without one.
  [[nodiscard]] bool has_word() const {
    return prior_.rate_deviation < line::ignorant_rate_deviation / 2;
  }
  void take_exchange(TimedDelays exchange);
  [[nodiscard]] Excess excess_of(const TimedDelays& exchange) const;
  [[nodiscard]] TimedDelays without_detour(TimedDelays exchange);
  void set_out(const Detours::Known* way);
  void settle(std::size_t way);
  void stay();
  [[nodiscard]] LineBelief belief_by_first(const TimedDelays& exchange) const;
  void start(const TimedDelays& exchange);
  void drop_first();
  void restart_from_batch(double spread_in_scales);
  void look_again(const TimedDelays& exchange);
  bool take_batch(std::span<const TimedDelays> batch);
  void take_together(std::span<const TimedDelays> batch);
  [[nodiscard]] bool is_refuted(LinePrior word, std::span<const TimedDelays> batch);
  void note_surprise(const TimedDelays& exchange);
  void watch_path(TimedDelays& exchange);
  void apply(const PathChange& change);
  void end_late_run(const TimedDelays& exchange);
  [[nodiscard]] double earliness(const NoiseOpinion& opinion, const TimedDelays& exchange) const;
  void drop_refuted(const TimedDelays& exchange);
  void update_opinions(const TimedDelays& exchange);
  void choose_best();
  void keep_snapshot(const TimedDelays& exchange);
  [[nodiscard]] std::size_t best_of(std::size_t current, bool only_watchful) const;
  void sum_up();
  [[nodiscard]] LineState carried_on() const;
  [[nodiscard]] LineState blended() const;

  LinePrior prior_;
  RawTime first_{}, last_{};  // midpoints of the first and the last exchange
  Nanos origin_{0};
  int samples_ = 0;
  double time_ = 0;  // that the opinions stand at, s since first_
  std::array<NoiseOpinion, noise::count> opinions_{};
  std::array<double, noise::count> scores_{};  // log evidence against the leader's, <= 0
  std::size_t best_ = 0;
  std::size_t watchful_ = 0;  // the best slow opinion with a plain tail: the path's judge
  bool has_snapshot_ = false;
  Snapshot snapshot_{};
  PathWatch watch_{};
  PathChange change_{};
  Delays last_delays_{};
  Detours detours_{};
  int on_way_ = 0;  // samples on a way whose division is not settled
  double surprise_ = 0;
  LineState state_{};
  LineBelief best_belief_{};
  double doubt_ = 0;
  Sharpness batch_scale_{};  // noise scale of the first exchanges; 0: none yet
  std::array<TimedDelays, line::first_exchanges> early_{};
  std::size_t early_count_ = 0;
  SecondLook second_look_{};
};
static_assert(sizeof(SourceLine) <= 23 * 1024);

}  // namespace ntp
