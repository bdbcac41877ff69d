// Did the path change, or the clock? A longer route, a standing queue and a stepped server all
// begin as late packets. The watch compares a run of them with the belief before the run:
// * a new path has the old sharpness at a new base; a queue has not, and is waited out;
// * when one direction alone changed, the other still holds the offset, and the difference
//   becomes the path's asymmetry, remembered until the path returns;
// * packets that are too early are a shorter path or, with a normal round trip, a clock's step.
// It only judges; source_line applies the change to its filters (ALGORITHM.md sections 3, 11).
#pragma once

#include <array>
#include <optional>

#include "common/sync/line_params.h"
#include "common/sync/noise_opinion.h"

namespace ntp {

// What must happen to every filter, in this order.
struct PathChange {
  bool restores_snapshot = false;     // forget what the filters learnt since the last normal sample
  double up = 0, down = 0;            // change of the base delays, s; one of them 0: one way
  double deviation = 0;               // of the new base, s
  double asymmetry_deviation = 0;     // to add: what the change may have brought, s
  double division_deviation = 0;      // of the share of each direction, which no sample shows again
  std::optional<double> asymmetry{};  // known again, s
  double offset_variance = 0;         // to add: the clock stepped, or may have
  bool is_leaders = false;            // seen by the opinion that leads, not by the judge
  bool leaves_home = false;           // the base before is to be remembered by every opinion,
  bool goes_home = false;             // ... and is its base again
  [[nodiscard]] bool moves_base() const { return up != 0 || down != 0; }
  [[nodiscard]] bool is_none() const { return !moves_base() && !asymmetry && offset_variance == 0; }
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
  double home_base = 0;     // ... and its base before the detour, if we are on one
  LineBelief leader{};      // of the opinion that leads now; it may know better than the judge
  double leader_home_base = 0;
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
  PathChange arrive(const Residuals& seen, bool is_home, PathChange change);
  PathChange judge_rise(const PathView& view, const Residuals& seen);
  PathChange divide_rise(const PathView& view, const Residuals& seen);
  PathChange judge_step(const PathView& view, const Residuals& seen);
  void remember(const PathView::Before& before, PathChange& change);

  std::array<Late, path::sharp_run> newest_{};  // the newest first
  std::size_t seen_ = 0;                        // of them
  std::size_t run_length_ = 0;                  // samples since the last normal one
  // The path before a detour: what to come back to. Its base is each opinion's own, for they do
  // not mean the same: a queue of three stages has hardly ever nothing to wait for.
  struct Home {
    double asymmetry = 0, sharpness = 0;
  };
  std::optional<Home> home_;
  int steps_in_a_row_ = 0;  // signed
};

}  // namespace ntp
