// See regression.h.
#include "common/sync/regression.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

LineFit fit(std::span<const Point> points) {
  const auto n = static_cast<double>(points.size());
  LineFit line{.points = static_cast<int>(points.size())};
  double mean_time = 0, mean_value = 0, tt = 0, tv = 0;
  for (const Point& p : points) {
    mean_time += p.time / n;
    mean_value += p.value / n;
  }
  for (const Point& p : points) {
    tt += (p.time - mean_time) * (p.time - mean_time);
    tv += (p.time - mean_time) * (p.value - mean_value);
  }
  line.slope = tt > 0 ? tv / tt : 0;
  line.value = mean_value - line.slope * mean_time;
  double squares = 0;
  bool was_positive = false;
  for (const Point& p : points) {
    const double residual = p.value - line.value - line.slope * p.time;
    squares += residual * residual;
    const bool is_positive = residual > 0;
    if (line.runs == 0 || is_positive != was_positive) ++line.runs;
    was_positive = is_positive;
  }
  line.deviation = n > 2 ? std::sqrt(squares / (n - 2)) : 0;
  line.slope_deviation = tt > 0 ? line.deviation / std::sqrt(tt) : 0;
  return line;
}

// Of n random signs, n/2 + 1 runs are expected, with variance (n - 1)/4: fewer than two sd
// below is no line.
bool has_enough_runs(const LineFit& line) {
  const double n = line.points;
  return line.runs >= n / 2 + 1 - 2 * std::sqrt((n - 1) / 4);
}

}  // namespace

LineFit fit_newest(std::span<const Point> points, int least) {
  if (points.empty()) return {};
  LineFit line = fit(points);
  while (line.points > least && !has_enough_runs(line)) {
    points = points.subspan(1);
    line = fit(points);
  }
  return line;
}

}  // namespace ntp
