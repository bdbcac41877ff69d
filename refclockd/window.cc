// Receivers' noise is mostly Gaussian with rare outliers (a late interrupt, a busy bus). The
// median alone throws away what averaging gains; the mean alone follows the outliers. So: a line
// by medians first, then least squares over all looks within 3.5 robust deviations of it.
#include "refclockd/window.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ntp::refclockd {
namespace {

constexpr double widest = 3.5;           // robust standard deviations
constexpr double mad_to_sigma = 1.4826;  // of a Gaussian

// One look, relative to the first: seconds, so that no digit is lost.
struct Point {
  double time = 0;
  double offset = 0;  // UTC gained on the raw clock
};

struct Line {
  double offset = 0;  // at time 0
  double slope = 0;
};

double median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

struct Scratch {
  std::array<double, Window::most> values;
  std::span<double> first(std::size_t n) { return std::span{values}.first(n); }
};

// Siegel's repeated medians: of each look's slopes to all others the median, of those the median
// (Biometrika 69, 1982); then the median offset. Stands while fewer than half of the looks lie;
// the square of the looks, 65,536 slopes at the most, is what it costs.
Line robust_line(std::span<const Point> points, Scratch& scratch, Scratch& slopes) {
  Line line;
  std::size_t count = 0;
  for (const Point& one : points) {
    std::size_t others = 0;
    for (const Point& other : points) {
      const double run = other.time - one.time;
      if (run != 0) scratch.values[others++] = (other.offset - one.offset) / run;
    }
    if (others > 0) slopes.values[count++] = median(scratch.first(others));
  }
  if (count > 0) line.slope = median(slopes.first(count));
  const auto values = scratch.first(points.size());
  std::ranges::transform(points, values.begin(),
                         [&](const Point& p) { return p.offset - line.slope * p.time; });
  line.offset = median(values);
  return line;
}

double residual(const Line& line, const Point& p) {
  return p.offset - line.offset - line.slope * p.time;
}

double robust_deviation(std::span<const Point> points, const Line& line, Scratch& scratch) {
  const auto values = scratch.first(points.size());
  std::ranges::transform(points, values.begin(),
                         [&](const Point& p) { return std::abs(residual(line, p)); });
  return median(values) * mad_to_sigma;
}

// The points within 3.5 robust deviations of `line`, moved to the front; how many.
std::size_t keep_near(std::span<Point> points, const Line& line, Scratch& scratch) {
  const double limit = std::max(widest * robust_deviation(points, line, scratch), 1e-9);
  const auto far = std::ranges::partition(
      points, [&](const Point& p) { return std::abs(residual(line, p)) <= limit; });
  return points.size() - far.size();
}

struct Fit {
  Line line;
  double mean_time = 0;
  double variance = 0;  // of the points about it
};

Fit least_squares(std::span<const Point> points) {
  const auto n = static_cast<double>(points.size());
  double time = 0, offset = 0, along = 0, across = 0, squares = 0;
  for (const Point& p : points) {
    time += p.time / n;
    offset += p.offset / n;
  }
  for (const Point& p : points) {
    along += (p.time - time) * (p.time - time);
    across += (p.time - time) * (p.offset - offset);
  }
  const double slope = along > 0 ? across / along : 0;
  const Line line{offset - slope * time, slope};
  for (const Point& p : points) squares += residual(line, p) * residual(line, p);
  return {line, time, squares / std::max(n - 2, 1.0)};
}

Nanos spread_of(std::span<const Point> points, const Line& line) {
  if (points.size() < spread_least_used) return Nanos{0};
  double sums[2] = {};
  for (std::size_t i = 0; i < points.size(); ++i) sums[i % 2] += residual(line, points[i]);
  const auto odd = static_cast<double>(points.size() / 2);
  const auto even = static_cast<double>(points.size()) - odd;
  return to_nanos((sums[0] / even - sums[1] / odd) / 2);
}

}  // namespace

Window::Window(std::size_t length) : length_{std::clamp(length, std::size_t{1}, most)} {}

void Window::take(const Placed& look) {
  ring_[next_] = look;
  next_ = (next_ + 1) % length_;
  count_ = std::min(count_ + 1, length_);
}

std::optional<Filtered> Window::drain() {
  if (count_ == 0) return std::nullopt;
  const Placed origin = ring_[(next_ + length_ - count_) % length_];
  std::array<Point, most> store;
  for (std::size_t i = 0; i < count_; ++i) {
    const Placed& look = ring_[(next_ + length_ - count_ + i) % length_];
    const Nanos since = look.raw - origin.raw;
    store[i] = {to_seconds(since), to_seconds((look.utc - origin.utc) - since)};
  }
  const std::span<Point> points{store.data(), count_};
  Scratch scratch, slopes;
  // Twice: the first, rough line finds the gross outliers, the fit without them the fine ones.
  std::size_t used = keep_near(points, robust_line(points, scratch, slopes), scratch);
  used = keep_near(points.first(used), least_squares(points.first(used)).line, scratch);
  const Fit fit = least_squares(points.first(used));
  const Nanos mean = to_nanos(fit.mean_time);
  const Filtered filtered{
      .mean = {origin.raw + mean,
               origin.utc + mean + to_nanos(fit.line.offset + fit.line.slope * fit.mean_time)},
      .deviation = to_nanos(std::sqrt(fit.variance)),
      .spread = spread_of(points.first(used), fit.line),
      .used = used,
      .left_out = count_ - used};
  count_ = next_ = 0;
  return filtered;
}

}  // namespace ntp::refclockd
