// What an exchange measured, and the noise of its two directions.
#pragma once

#include "common/sync/one_sided_update.h"

namespace ntp {

// What an exchange measured, against a fixed origin (UTC minus raw time).
struct Delays {
  double half = 0;  // half of the raw time from request to answer, s
  double up = 0;    // T2 - T1 less the origin, s
  double down = 0;  // T4 - T3 plus the origin, s

  [[nodiscard]] double offset() const { return (up - down) / 2; }
  // Round trip in UTC seconds when raw time runs with rate error -y.
  [[nodiscard]] double round_trip(double y) const { return up + down + 2 * half * y; }
};

struct TimedDelays {
  double time = 0;  // of the exchange's middle, s since any zero
  Delays delays{};
};

struct TwoWayNoise {
  Noise up, down;
};
struct TwoWayOutliers {
  Outliers up, down;
};

}  // namespace ntp
