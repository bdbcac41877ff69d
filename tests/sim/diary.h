// Makes an Outcome of what happened second by second. Used for our clock and for the logs of
// peers, so that both are measured by the same rule.
#pragma once

#include <optional>
#include <vector>

#include "common/time/instants.h"
#include "tests/sim/outcome.h"

namespace ntp::sim {

class Diary {
 public:
  explicit Diary(Nanos warm) : warm_{to_seconds(warm)} {}

  // The clock's error at the whole second `age` since the world began. REQUIRES: age grows by 1.
  void note_second(double age, double error);
  // What the published line says in that second; only after `warm`.
  struct Published {
    double error = 0;          // the line's
    double bound = 0;          // the line's own
    double root_distance = 0;  // as servers and reports say it
    double clock = 0;          // the clock against the line
  };
  void note_published(const Published& now);
  void note_deviation(double error, double deviation);
  // The clock was told of another line: what it does against the old one is over.
  void begin_pull() { pull_age_ = 0; }
  // The clock against the line, and its rate against the line's, in any second.
  void note_pull(double age, double clock, double rate);
  // One of the programs was restarted: errors from here to `after_restart` later are its doing.
  void note_restart(double age) { restart_ = age; }
  [[nodiscard]] Outcome finish() const;
  // Of every second since the world began, s.
  [[nodiscard]] const std::vector<float>& errors() const { return errors_; }

 private:
  static constexpr double after_restart = 1800;  // s
  void note_rate(double age, double change);
  void note_transient(double age, double error);

  double warm_;
  std::vector<float> errors_{};
  std::optional<double> last_error_{};
  double sum_ = 0, rate_sum_ = 0;
  long warm_seconds_ = 0;
  double window_sum_[4] = {};
  int window_count_[4] = {};
  double right_since_ = 0, last_age_ = 0, rate_found_ = 1e9, rate_run_began_ = 0;
  long rate_run_ = 0, inside_ = 0, lines_ = 0;
  double line_sum_ = 0, claim_sum_ = 0, servo_sum_ = 0, distance_sum_ = 0;
  int pull_age_ = 0;  // looks since begin_pull
  double pulled_ = 0, overshoot_ = 0, slew_ = 0;
  std::optional<double> restart_{};
  double worst_before_ = 0, worst_after_ = 0;
};

}  // namespace ntp::sim
