#include "tests/replay/steered_clock.h"

#include <algorithm>
#include <cmath>

namespace ntp::replay {
namespace {

constexpr double most_slew = 500e-6;        // the kernel's MAXFREQ
constexpr double longest_tau = 512;         // slower buys nothing (ALGORITHM.md section 5)
constexpr double shortest_tau = 4;          // the kernel's, with time constant 0

// ALGORITHM.md section 5: the slower the samples the slower the slew, but an error that is
// large against its own uncertainty is removed faster.
double choose_tau(double error, const Combined& combined) {
  const double deviation = std::max(1e-10, to_seconds(combined.tracking_deviation));
  const double z = std::abs(error) / (4 * deviation);
  const double pace = std::min(to_seconds(combined.sample_interval), longest_tau);
  return std::max({pace / std::max(1.0, z * z), std::abs(error) / most_slew, shortest_tau});
}

}  // namespace

void SteeredClock::begin_second() {
  slew_ = -left_ / std::exp2(2 + time_constant_);
  left_ += slew_;
}

void SteeredClock::obey(const Combined& combined, RawTime now) {
  const double wanted = to_seconds(combined.line.at(now).since_zero - now.since_zero);
  base_ = combined.line.rate.fraction;
  if (!is_set_) {  // the step that every recording starts with
    is_set_ = true;
    against_raw_ = wanted;
    return;
  }
  left_ = against_raw_ - wanted;
  const double tau = choose_tau(left_, combined);
  time_constant_ = std::clamp(static_cast<int>(std::lround(std::log2(tau / 4))), 0, 10);
}

}  // namespace ntp::replay
