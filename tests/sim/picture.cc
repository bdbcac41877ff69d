// Two panels of 640 x 400: left the least and greatest error in each pixel's span of time, right
// two lines on logarithmic axes.
#include "tests/sim/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace ntp::sim {
namespace {

constexpr double width = 640, height = 400, left = 80, right = 25, top = 40, bottom = 50;

struct Axis {
  double from, to;    // of the values
  double at, length;  // in pixels; negative length: upwards
  [[nodiscard]] double place(double value) const {
    return at + length * (value - from) / (to - from);
  }
};

struct Panel {
  double x0;
  std::string svg{};

  void text(double x, double y, const char* anchor, const std::string& words) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                       anchor, words);
  }
  void line(double x1, double y1, double x2, double y2, const char* colour) {
    svg += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1,
        x2, y2, colour);
  }
  void curve(const std::vector<std::pair<double, double>>& points, const char* colour) {
    svg += fmt::format("<polyline fill=\"none\" stroke=\"{}\" points=\"", colour);
    for (const auto& [x, y] : points) svg += fmt::format("{:.1f},{:.1f} ", x, y);
    svg += "\"/>\n";
  }
  void name_axes(const std::string& across, const std::string& upward) {
    text(x0 + left + (width - left - right) / 2, height - 10, "middle", across);
    svg += fmt::format(
        "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
        "text-anchor=\"middle\">{}</text>\n",
        x0 + 18, (top + height - bottom) / 2, upward);
  }
  [[nodiscard]] Axis across(double from, double to) const {
    return {from, to, x0 + left, width - left - right};
  }
  [[nodiscard]] static Axis upward(double from, double to) {
    return {from, to, height - bottom, top + bottom - height};
  }
};

// 1, 2 or 5 times a power of ten, four to nine of them in the range.
double tick_of(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 4)));
  for (const double step : {5.0, 2.0}) {
    if (range / (step * power) >= 4) return step * power;
  }
  return power;
}

void draw_errors(Panel& panel, const std::string& title, const std::vector<float>& errors) {
  const auto settled =
      errors.begin() + static_cast<long>(std::min<std::size_t>(errors.size() / 10, 600));
  const auto [low, high] = std::minmax_element(settled, errors.end());
  const double most = std::max({-1e6 * *low, 1e6 * *high, 1e-3}) * 1.1;
  const double hours = static_cast<double>(errors.size()) / 3600;
  const Axis x = panel.across(0, hours), y = Panel::upward(-most, most);
  for (double v = 0; v <= most; v += tick_of(2 * most)) {
    for (const double value : {v, -v}) {
      if (std::signbit(value) && value == 0) continue;
      panel.line(x.at, y.place(value), x.at + x.length, y.place(value),
                 value == 0 ? "#888" : "#ddd");
      panel.text(x.at - 6, y.place(value) + 4, "end", fmt::format("{:g}", value));
    }
  }
  for (double v = 0; v <= hours; v += tick_of(hours)) {
    panel.text(x.place(v), height - bottom + 18, "middle", fmt::format("{:g}", v));
  }
  const auto columns = static_cast<std::size_t>(x.length);
  std::vector<std::pair<double, double>> points;
  for (std::size_t c = 0; c < columns; ++c) {
    const auto from = errors.begin() + static_cast<long>(c * errors.size() / columns);
    const auto to = errors.begin() + static_cast<long>((c + 1) * errors.size() / columns);
    if (from == to) continue;
    const auto [least, greatest] = std::minmax_element(from, to);
    for (const double error : {static_cast<double>(*least), static_cast<double>(*greatest)}) {
      points.emplace_back(x.at + static_cast<double>(c),
                          y.place(std::clamp(1e6 * error, -most, most)));
    }
  }
  panel.curve(points, "#1f5fa8");
  panel.text(panel.x0 + left, 22, "start", title + ": error of the clock");
  panel.name_axes("hours", "us");
}

std::vector<std::pair<double, double>> deviations(const std::vector<double>& phase) {
  std::vector<std::pair<double, double>> points;
  for (std::size_t tau = 1; 3 * tau < phase.size(); tau *= 2) {
    points.emplace_back(std::log10(static_cast<double>(tau)),
                        std::log10(std::max(1e-15, allan_deviation(phase, tau))));
  }
  return points;
}

void draw_allan(Panel& panel, const std::vector<double>& steered, const std::vector<double>& free) {
  const auto ours = deviations(steered), crystals = deviations(free);
  if (ours.empty()) return;
  double low = 0, high = -15;
  for (const auto* line : {&ours, &crystals}) {
    for (const auto& [tau, deviation] : *line) {
      low = std::min(low, std::floor(deviation));
      high = std::max(high, std::ceil(deviation));
    }
  }
  const Axis x = panel.across(0, std::ceil(ours.back().first)), y = Panel::upward(low, high);
  for (double v = low; v <= high; ++v) {
    panel.line(x.at, y.place(v), x.at + x.length, y.place(v), "#ddd");
    panel.text(x.at - 6, y.place(v) + 4, "end", fmt::format("1e{:.0f}", v));
  }
  for (double v = 0; v <= x.to; ++v) {
    panel.line(x.place(v), height - bottom, x.place(v), top, "#ddd");
    panel.text(x.place(v), height - bottom + 18, "middle", fmt::format("1e{:.0f}", v));
  }
  for (const auto& [line, colour] : {std::pair{&crystals, "#999"}, std::pair{&ours, "#1f5fa8"}}) {
    auto points = *line;
    for (auto& [a, b] : points) a = x.place(a), b = y.place(b);
    panel.curve(points, colour);
  }
  panel.text(panel.x0 + left, 22, "start",
             "Allan deviation: steered clock (blue), free crystal (grey)");
  panel.name_axes("tau, s", "s/s");
}

}  // namespace

double allan_deviation(const std::vector<double>& phase, std::size_t tau) {
  double sum = 0;
  const std::size_t count = phase.size() - 2 * tau;
  for (std::size_t i = 0; i < count; ++i) {
    const double second = phase[i + 2 * tau] - 2 * phase[i + tau] + phase[i];
    sum += second * second;
  }
  const auto t = static_cast<double>(tau);
  return std::sqrt(sum / (2 * t * t * static_cast<double>(count)));
}

Result<void> draw_clock(const std::string& path, const std::string& title,
                        const std::vector<float>& errors, Oscillator crystal) {
  Panel left_panel{0}, right_panel{width};
  draw_errors(left_panel, title, errors);
  const std::size_t warm = std::min<std::size_t>(errors.size() / 5, 4000);
  const std::vector<double> steered(errors.begin() + static_cast<long>(warm), errors.end());
  std::vector<double> free;
  for (std::size_t s = warm; s < errors.size(); ++s) {
    const TrueTime t{std::chrono::seconds{s}};
    free.push_back(to_seconds(crystal.raw_at(t).since_zero - t.since_zero));
  }
  draw_allan(right_panel, steered, free);
  std::ofstream out{path};
  out << fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}{}</svg>\n",
      2 * width, height, left_panel.svg, right_panel.svg);
  out.close();
  if (!out) return system_failure("write " + path);
  return {};
}

}  // namespace ntp::sim
