// The agreeing sources as one belief: a common offset and rate, and for each source its path's
// base delay and asymmetry. Every sample of every source moves the common line by as much as its
// own noise allows, so sources are combined by what they know and not by how near they are.
// Holds at most eight paths. Decides nobody's truth: selection does, before.
#pragma once

#include <array>

#include "common/sync/gaussian.h"
#include "common/sync/source_line.h"

namespace ntp {

inline constexpr int joint_paths = 8;
using JointBelief = Gaussian<2 + 2 * joint_paths>;

class JointFilter {
 public:
  enum class Outcome {
    taken,    // the belief moved
    waiting,  // no place, in doubt or in quarantine
    ignored,  // the sample contradicts the belief
    dropped,  // ... and so did its source once too often
    broken,   // most that can tell contradict it: it was forgotten, start anew
  };

  void forget() { *this = JointFilter{}; }
  // UTC's count jumped by a leap second.
  void leap(Nanos jump) { origin_ += jump; }
  // The newest sample of the source at `member` (0 .. most_sources-1).
  Outcome take(int member, const SourceLine& line, double wander);
  // It is not selected any more; what it contradicted is forgotten.
  void drop(int member);

  [[nodiscard]] bool is_started() const { return is_started_; }
  [[nodiscard]] bool is_member(int member) const { return records_[at(member)].place >= 0; }
  // REQUIRES: is_started(). The offset's variance has what nobody sees of the paths' asymmetry, as
  // far as they show any of each other.
  [[nodiscard]] LineState state() const;
  // Variance of the offset less what all paths share and no algorithm can see.
  [[nodiscard]] double tracking_variance() const;

 private:
  struct Record {
    int place = -1;  // path in the belief
    int contradictions = 0;
    int quarantine = 0;      // samples until it may return
    double jitter = 0;       // of its newest sample, s: what its gate lets pass beside the belief
    double vagueness = 0;    // of its line, s: noise and unseen asymmetry
    bool was_heard = false;  // what its line learnt is in the belief, or was refuted with it
  };
  struct Tracked {
    double variance = 0, covariance = 0;  // of the offset; with the rate
  };
  static constexpr std::size_t at(int member) { return static_cast<std::size_t>(member); }
  static constexpr std::size_t base_of(int place) {
    return static_cast<std::size_t>(2 + 2 * place);
  }
  void start(int member, const SourceLine& line);
  bool admit(int member, const SourceLine& line);
  void make_room(double vagueness);
  bool learn(int place, const SourceLine& line);
  [[nodiscard]] double contradiction(int place, const Delays& delays) const;
  [[nodiscard]] double gate(const Record& record) const;
  Outcome note_contradiction(int member, double contradiction);
  void update(int place, const SourceLine& line, const Delays& delays);
  [[nodiscard]] Tracked tracked() const;
  [[nodiscard]] double seen_by(int place) const;
  [[nodiscard]] double scatter() const;
  [[nodiscard]] Delays delays_of(const SourceLine& line) const;

  bool is_started_ = false;
  Nanos origin_{0};  // UTC minus raw time that the offset counts from
  RawTime time_{};
  double wander_ = 0;
  JointBelief belief_{};
  std::array<Record, 64> records_{};
  std::array<bool, joint_paths> is_taken_{};
};

}  // namespace ntp
