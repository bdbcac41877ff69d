// See score.h.
#include "tests/replay/score.h"

#include <algorithm>
#include <cmath>

#include "common/base/ensure.h"

namespace ntp::replay {

void ScoreKeeper::note_second(double error, double rate) {
  errors_.push_back(std::abs(error));
  rate_squares_ += rate * rate;
}

void ScoreKeeper::note_line(double error, double deviation, double bound) {
  line_squares_ += error * error;
  deviation_squares_ += deviation * deviation;
  ++lines_;
  if (std::abs(error) > bound) ++outside_;
}

Score ScoreKeeper::finish(double cpu_per_sample) {
  ENSURE(!errors_.empty());
  double squares = 0;
  for (const double error : errors_) squares += error * error;
  std::ranges::sort(errors_);
  const auto seconds = static_cast<double>(errors_.size());
  const auto lines = static_cast<double>(std::max(lines_, 1L));
  return {.rms = std::sqrt(squares / seconds),
          .p99 = errors_[static_cast<std::size_t>(0.99 * (seconds - 1))],
          .most = errors_.back(),
          .rate_rms = std::sqrt(rate_squares_ / seconds),
          .outside_bound = static_cast<double>(outside_) / lines,
          .deviation_ratio = std::sqrt(line_squares_ / std::max(1e-30, deviation_squares_)),
          .cpu_per_sample = cpu_per_sample};
}

}  // namespace ntp::replay
