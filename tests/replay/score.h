// What a replay is judged by: the steered clock against the truth at 1 Hz after the warm-up,
// slewing included, as the peers' figures were taken; and whether the published bound and
// standard deviation told the truth.
#pragma once

#include <vector>

namespace ntp::replay {

struct Score {
  double rms = 0;              // s
  double p99 = 0;              // s
  double most = 0;             // s
  double rate_rms = 0;         // dimensionless
  double outside_bound = 0;    // share of samples after which the line's error exceeded its bound
  double deviation_ratio = 0;  // rms of the line's error / rms of its claimed deviation
  double cpu_per_sample = 0;   // s
};

// Error of the clock, and its rate over the second that begins, at each whole second.
class ScoreKeeper {
 public:
  void note_second(double error, double rate);
  void note_line(double error, double deviation, double bound);
  // REQUIRES: at least one second noted. Sorts what was noted.
  [[nodiscard]] Score finish(double cpu_per_sample);

 private:
  std::vector<double> errors_;
  double rate_squares_ = 0;
  double line_squares_ = 0;
  double deviation_squares_ = 0;
  long lines_ = 0;
  long outside_ = 0;
};

}  // namespace ntp::replay
