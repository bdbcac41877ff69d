// Receivers' noise is mostly Gaussian with rare outliers (a late interrupt, a busy bus). The
// median alone throws away what averaging gains; the mean alone follows the outliers. So: a line
// by medians first, then the mean of all looks within 3.5 robust deviations of it.
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

// Slope by the medians of the first and the last third, then the median offset: outliers in less
// than half of either third do not move it.
Line robust_line(std::span<const Point> points, Scratch& scratch) {
  Line line;
  const std::size_t third = points.size() / 3;
  if (third >= 1) {
    const auto part = [&](std::size_t from, double Point::*field) {
      const auto values = scratch.first(third);
      std::ranges::transform(points.subspan(from, third), values.begin(), field);
      return median(values);
    };
    const std::size_t last = points.size() - third;
    const double run = part(last, &Point::time) - part(0, &Point::time);
    if (run > 0) line.slope = (part(last, &Point::offset) - part(0, &Point::offset)) / run;
  }
  const auto values = scratch.first(points.size());
  std::ranges::transform(points, values.begin(),
                         [&](const Point& p) { return p.offset - line.slope * p.time; });
  line.offset = median(values);
  return line;
}

double residual(const Line& line, const Point& p) { return p.offset - line.offset - line.slope * p.time; }

double robust_deviation(std::span<const Point> points, const Line& line, Scratch& scratch) {
  const auto values = scratch.first(points.size());
  std::ranges::transform(points, values.begin(),
                         [&](const Point& p) { return std::abs(residual(line, p)); });
  return median(values) * mad_to_sigma;
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
  const std::span<const Point> points{store.data(), count_};
  Scratch scratch;
  const Line line = robust_line(points, scratch);
  const double limit = std::max(widest * robust_deviation(points, line, scratch), 1e-9);

  double time = 0, rest = 0, squares = 0;
  Filtered filtered;
  for (const Point& p : points) {
    const double r = residual(line, p);
    if (std::abs(r) > limit) continue;
    ++filtered.used;
    time += p.time;
    rest += r;
    squares += r * r;
  }
  const auto used = static_cast<double>(filtered.used);
  filtered.left_out = count_ - filtered.used;
  const Nanos mean = to_nanos(time / used);
  filtered.mean = {origin.raw + mean,
                   origin.utc + mean + to_nanos(line.offset + line.slope * time / used + rest / used)};
  const double variance = used > 1 ? (squares - rest * rest / used) / (used - 1) : 0;
  filtered.deviation = to_nanos(std::sqrt(std::max(variance, 0.0)));
  count_ = next_ = 0;
  return filtered;
}

}  // namespace ntp::refclockd
