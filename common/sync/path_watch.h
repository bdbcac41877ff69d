// Did the path change, or the clock? A longer route, a standing queue and a stepped server all
// begin as late packets. The watch compares a run of them with the belief before the run:
// * a new path has the old sharpness at a new base: a detour, divided over both directions by the
//   line before it; a queue has not, and is waited out;
// * packets that are too early are a shorter path or, with a normal round trip, a clock's step.
// It only judges; source_line applies the change to its filters.
#pragma once

#include <array>
#include <optional>

#include "common/sync/detours.h"
#include "common/sync/line_params.h"
#include "common/sync/noise_opinion.h"

namespace ntp {

// What must happen to every filter, in this order.
struct PathChange {
  bool restores_snapshot = false;  // forget what the filters learnt since the last normal sample
  double base = 0;                 // change of the base delay, s
  double deviation = 0;            // of the new base, s
  double offset_variance = 0;      // to add: the clock stepped, or may have
  bool is_leaders = false;         // seen by the opinion that leads, not by the judge
  std::optional<Detours::Known> detour{};  // a longer path, as sharp as the one before
  [[nodiscard]] bool moves_base() const { return base != 0; }
  [[nodiscard]] bool is_none() const { return !moves_base() && !detour && offset_variance == 0; }
};

// What the watch is told about a sample, before the filters take it.
struct PathView {
  double time = 0;     // of the sample, s since any zero
  double elapsed = 0;  // since the belief, s
  Delays delays{};
  LineBelief belief{};      // of the best slow opinion
  LineBelief agile{};       // its most agile filter
  double agile_wander = 0;  // ... and that one's density
  TwoWayNoise noise{};      // of that opinion
  double precision = 0;     // s
  LineBelief leader{};      // of the opinion that leads now; it may know better than the judge
  TwoWayNoise leader_noise{};
  // The belief at the last normal sample, if any.
  struct Before {
    LineBelief belief{};
    double time = 0;
    double sharpness = 0;  // the noise then, s
  };
  std::optional<Before> before{};
};

class PathWatch {
 public:
  [[nodiscard]] PathChange judge(const PathView& view);
  // After the filters took the sample: was it a normal one? Then the run of late ones is over.
  [[nodiscard]] bool is_normal(const Delays& delays, const LineBelief& belief,
                               const TwoWayNoise& noise) const;
  void end_run() { run_length_ = 0; }
  [[nodiscard]] std::size_t run_length() const { return run_length_; }
  // What the newest samples show; nothing: too few of them.
  [[nodiscard]] std::optional<Newest> newest(double rate) const;
  // Least excess over the base round trip of `before` in the open run, s.
  [[nodiscard]] double least_excess(const LineBelief& before) const;

 private:
  struct Late {
    double time = 0;
    Delays delays{};
  };
  struct Residuals;

  PathChange judge_fall(const Residuals& seen);
  PathChange judge_rise(const PathView& view, const Residuals& seen);
  PathChange divide_rise(const PathView& view, const Residuals& seen, Detours::Known level);
  PathChange judge_step(const PathView& view, const Residuals& seen);

  std::array<Late, path::sharp_run> newest_{};  // the newest first
  std::size_t seen_ = 0;                        // of them
  std::size_t run_length_ = 0;                  // samples since the last normal one
  int steps_in_a_row_ = 0;                      // signed
};

}  // namespace ntp
