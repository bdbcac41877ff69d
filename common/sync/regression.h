// A straight line through points by least squares: how many samples, how many sign runs, how
// scattered. For reports, and for looking at a few packets together; the filters do not use it.
#pragma once

#include <span>

namespace ntp {

struct Point {
  double time = 0;   // s
  double value = 0;  // s
};

struct LineFit {
  double value = 0;  // at time 0
  double slope = 0;
  double deviation = 0;  // of the residuals
  double slope_deviation = 0;
  int runs = 0;  // of residuals of one sign
  int points = 0;
};

// Fits the newest points, as many as still look like a line: as long as the residuals have too
// few sign runs the oldest is dropped, but not below `least`. Points are oldest first.
[[nodiscard]] LineFit fit_newest(std::span<const Point> points, int least);

}  // namespace ntp
