// Scaling and the letters.
#include "syncctl/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "syncctl/cells.h"

namespace ntp::syncctl {

namespace {

// The next 1, 2 or 5 times a power of ten at or above what is to be shown.
double scale_of(std::span<const PlotPoint> points) {
  double most = 1e-9;
  for (const PlotPoint& point : points) {
    most = std::max({most, std::fabs(point.offset.count()), point.bound.count()});
  }
  const double power = std::pow(10, std::floor(std::log10(most)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (most <= step * power * 1.000001) return step * power;
  }
  return 10 * power;
}

}  // namespace

std::string plot(std::span<const PlotPoint> points, std::size_t width, std::size_t height) {
  points = points.last(std::min(points.size(), width));
  const double scale = scale_of(points);
  const auto middle = static_cast<std::ptrdiff_t>(height / 2);
  std::vector<std::string> lines(height, std::string(width, ' '));
  lines[static_cast<std::size_t>(middle)].assign(width, '-');

  const auto mark = [&](std::size_t column, double value, char letter) {
    const auto row = middle - std::lround(value / scale * static_cast<double>(middle));
    if (row < 0 || row >= std::ssize(lines)) return;
    lines[static_cast<std::size_t>(row)][column] = letter;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t column = width - points.size() + i;
    mark(column, points[i].bound.count(), ':');
    mark(column, -points[i].bound.count(), ':');
    mark(column, points[i].offset.count(), '*');
  }

  std::string picture;
  for (std::size_t row = 0; row < height; ++row) {
    const double value = scale * (1 - static_cast<double>(row) / static_cast<double>(middle));
    const bool labelled = row == 0 || row + 1 == height;
    picture += fmt::format("{:>7} |{}\n", labelled ? offset_text(Seconds{value}, Sign::always) : "",
                           lines[row]);
  }
  return picture;
}

}  // namespace ntp::syncctl
