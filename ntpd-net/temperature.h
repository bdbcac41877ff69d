// The oscillator's rate by its temperature (`tempcomp`): what a sensor's file and the operator's
// curve say of it is taken out of the raw clock before the estimator sees it, and put back into
// the line that the world is told. So the estimator measures what the curve does not know, and
// between two samples the line bends with the temperature. Opens nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/conf/settings.h"
#include "common/os/timers.h"
#include "common/sync/ensemble.h"

namespace ntp {

// How much UTC gains on the raw clock by the temperature: a quadratic, or points joined by lines.
class TemperatureCurve {
 public:
  TemperatureCurve() = default;
  // `points` is the text of the operator's file: TEMPERATURE PPM a line; at least two.
  [[nodiscard]] static Result<TemperatureCurve> create(const TemperatureCompensation& settings,
                                                       std::string_view points);
  // nullopt outside what is plausible: more than 10 ppm, or beyond the points.
  [[nodiscard]] std::optional<Rate> at(double temperature) const;

 private:
  struct Point {
    double temperature = 0, ppm = 0;
  };
  double t0_ = 0, k0_ = 0, k1_ = 0, k2_ = 0;
  std::vector<Point> points_{};
};

class Thermometer {
 public:
  Thermometer(Fd sensor, TemperatureCurve curve, Nanos interval)
      : sensor_{std::move(sensor)}, curve_{std::move(curve)}, interval_{interval} {
    due_.arm({});
  }

  [[nodiscard]] MonotonicTime due() const { return due_.when(); }
  enum class Seen : std::uint8_t { nothing, same, change };  // of what is compensated
  // Reads the sensor when it is time to; what it does not believe is nothing.
  [[nodiscard]] Seen look(MonotonicTime now, RawTime raw);
  // What a reading says, in force from `raw` on.
  [[nodiscard]] Seen take(double temperature, RawTime raw);

  // The raw clock as the estimator sees it.
  [[nodiscard]] RawTime compensated(RawTime raw) const { return raw + gained(raw); }
  [[nodiscard]] Sample compensated(const Sample& sample) const;
  // A combination in the estimator's time, as a line over the raw clock that holds near `raw`.
  [[nodiscard]] Combined to_raw(const Combined& combined, RawTime raw) const;
  [[nodiscard]] Rate rate() const { return rate_; }
  [[nodiscard]] double temperature() const { return temperature_; }

 private:
  [[nodiscard]] Nanos gained(RawTime raw) const { return gained_ + rate_ * (raw - since_); }

  Fd sensor_;
  TemperatureCurve curve_;
  Nanos interval_;
  Timer due_{};
  double temperature_ = 0;
  Rate rate_{};      // in force
  RawTime since_{};  // when it began
  Nanos gained_{0};  // until then
};

}  // namespace ntp
