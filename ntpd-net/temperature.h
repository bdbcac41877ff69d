// The oscillator's rate by its temperature (`tempcomp`): what a sensor's file and the operator's
// curve say of it, as a bend of the raw clock. Opens nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/conf/settings.h"
#include "common/os/timers.h"
#include "ntpd-net/bend.h"

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

  [[nodiscard]] const Bend& bend() const { return bend_; }
  [[nodiscard]] double temperature() const { return temperature_; }

 private:
  Fd sensor_;
  TemperatureCurve curve_;
  Nanos interval_;
  Timer due_{};
  double temperature_ = 0;
  Bend bend_{};
};

}  // namespace ntp
