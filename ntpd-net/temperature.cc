// See temperature.h.
#include "ntpd-net/temperature.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/log.h"
#include "common/base/text.h"

namespace ntp {
namespace {

constexpr double most_ppm = 10;  // as chrony: a curve that says more is wrong, or the sensor is

}  // namespace

Result<TemperatureCurve> TemperatureCurve::create(const TemperatureCompensation& settings,
                                                  std::string_view points) {
  TemperatureCurve curve;
  curve.t0_ = settings.t0;
  curve.k0_ = settings.k0;
  curve.k1_ = settings.k1;
  curve.k2_ = settings.k2;
  if (settings.points.empty()) return curve;
  while (!points.empty()) {
    const auto end = points.find('\n');
    const auto words = split_words(points.substr(0, end));
    points = end == points.npos ? std::string_view{} : points.substr(end + 1);
    if (words.empty()) continue;
    const auto temperature = parse_real(words[0]);
    const auto rate = words.size() == 2 ? parse_real(words[1]) : std::nullopt;
    if (!temperature || !rate) return failure(settings.points + ": a line is not TEMPERATURE PPM");
    curve.points_.push_back({*temperature, *rate});
  }
  if (curve.points_.size() < 2) return failure(settings.points + ": needs two points");
  std::ranges::sort(curve.points_, {}, &Point::temperature);
  return curve;
}

std::optional<Rate> TemperatureCurve::at(double temperature) const {
  const double t = temperature - t0_;
  double value = k0_ + t * k1_ + t * t * k2_;
  if (!points_.empty()) {
    const auto above = std::ranges::lower_bound(points_, temperature, {}, &Point::temperature);
    if (above == points_.end() || (above == points_.begin() && temperature < above->temperature))
      return std::nullopt;
    const Point& high = *above;
    const Point& low = above == points_.begin() ? high : *(above - 1);
    const double width = high.temperature - low.temperature;
    const double share = width > 0 ? (temperature - low.temperature) / width : 0;
    value = low.ppm + share * (high.ppm - low.ppm);
  }
  if (!(std::abs(value) <= most_ppm)) return std::nullopt;
  return ppm(value);
}

Thermometer::Seen Thermometer::look(MonotonicTime now, RawTime raw) {
  if (!due_.take_due(now, interval_)) return Seen::nothing;
  std::array<char, 64> text{};
  const ssize_t length = ::pread(sensor_.number(), text.data(), text.size(), 0);
  const auto words =
      split_words({text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))});
  const auto temperature = words.empty() ? std::nullopt : parse_real(words[0]);
  return temperature ? take(*temperature, raw) : Seen::nothing;
}

Thermometer::Seen Thermometer::take(double temperature, RawTime raw) {
  const auto rate = curve_.at(temperature);
  if (!rate) {
    log_warning("Temperature compensation of {} is not believed", temperature);
    return Seen::nothing;
  }
  temperature_ = temperature;
  if (*rate == bend_.rate()) return Seen::same;
  bend_.turn(*rate, raw);
  return Seen::change;
}

}  // namespace ntp
