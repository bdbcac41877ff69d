// The machine's crystal in the simulated world: a rate that wanders, breathes with the
// temperature and may jump. Constant within a second; what CLOCK_MONOTONIC_RAW counts.
#pragma once

#include <vector>

#include "common/time/instants.h"
#include "tests/sim/dice.h"

namespace ntp::sim {

// True time since the world began.
using TrueTime = Instant<struct TrueClock>;

struct RateStep {
  Nanos at{0};
  Rate by{};
};

struct OscillatorShape {
  Rate start{};        // positive: raw time runs fast
  double walk = 1e-9;  // random walk of frequency, per square root of a second
  double white = 0;    // white noise of frequency, second by second
  Rate swing{};        // temperature cycle
  Nanos swing_period{86400s};
  std::vector<RateStep> steps{};
};

class Oscillator {
 public:
  Oscillator(OscillatorShape shape, std::uint64_t seed);

  // Queries may go forth and back; the path is drawn once. REQUIRES: t >= 0.
  [[nodiscard]] RawTime raw_at(TrueTime t);
  [[nodiscard]] Rate rate_at(TrueTime t);
  // The inverse of raw_at for a raw time near `guess`.
  [[nodiscard]] TrueTime true_at(RawTime raw, TrueTime guess);

 private:
  void extend_to(std::size_t second);

  OscillatorShape shape_;
  Dice dice_;
  double walked_ = 0;
  std::vector<double> rates_;   // of each second
  std::vector<double> gained_;  // nanoseconds gained before each second
};

}  // namespace ntp::sim
