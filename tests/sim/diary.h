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
  // The published line's error, bound and deviation; `clock`: the clock's error against the line.
  void note_line(double error, double bound, double clock);
  void note_deviation(double error, double deviation);
  [[nodiscard]] Outcome finish() const;
  // Of every second since the world began, s.
  [[nodiscard]] const std::vector<float>& errors() const { return errors_; }

 private:
  void note_rate(double age, double change);

  double warm_;
  std::vector<float> errors_{};
  std::optional<double> last_error_{};
  double sum_ = 0, rate_sum_ = 0;
  long warm_seconds_ = 0;
  double window_sum_[4] = {};
  int window_count_[4] = {};
  double right_since_ = 0, last_age_ = 0, rate_found_ = 1e9, rate_run_began_ = 0;
  long rate_run_ = 0, inside_ = 0, lines_ = 0;
  double line_sum_ = 0, claim_sum_ = 0, servo_sum_ = 0;
};

}  // namespace ntp::sim
