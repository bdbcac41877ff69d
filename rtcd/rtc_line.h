// How the hardware clock runs: its error as a straight line over UTC, from measurements made
// while the system clock was synchronised. Pure statistics; knows no device and no file.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/time/instants.h"

namespace ntp::rtcd {

// Error of the hardware clock: what it shows minus UTC; positive is ahead.
struct RtcLine {
  UtcTime reference{};
  Nanos error{0};  // at `reference`
  Rate rate{};     // gained per second of UTC; positive is fast

  [[nodiscard]] Nanos error_at(UtcTime when) const { return error + rate * (when - reference); }
  // UTC when the hardware clock shows `shown`.
  [[nodiscard]] UtcTime corrected(UtcTime shown) const {
    const UtcTime near = shown - error_at(shown);
    return shown - error_at(near);
  }
  constexpr bool operator==(const RtcLine&) const = default;
};

struct RtcMeasurement {
  UtcTime when{};
  Nanos error{0};
};

// The last 64 measurements since the clock was set, and the line through them.
class RtcTrack {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t least = 3;  // measurements before a rate is believed
  static constexpr Nanos least_span = std::chrono::hours{1};

  void take(const RtcMeasurement& measurement);
  // The clock was set: its rate stays, its error starts anew.
  void restart();
  [[nodiscard]] std::size_t count() const { return count_; }
  // Whether a line can be fitted to what was measured.
  [[nodiscard]] bool knows_rate() const { return count_ >= least && span() >= least_span; }
  // From the oldest measurement to the newest.
  [[nodiscard]] Nanos span() const;
  // Runs of measurements on one side of the line: few of them say that a line does not fit.
  [[nodiscard]] std::size_t runs(const RtcLine& line) const;
  // Least squares; with too few or too close measurements the newest error with `known` rate, and
  // nullopt without a measurement at all.
  [[nodiscard]] std::optional<RtcLine> line(std::optional<Rate> known) const;

 private:
  [[nodiscard]] const RtcMeasurement& at(std::size_t i) const {  // 0 is the oldest
    return ring_[(next_ + most - count_ + i) % most];
  }

  std::array<RtcMeasurement, most> ring_{};
  std::size_t count_ = 0, next_ = 0;
};

// chrony's rtcfile: "1 <reference time> <error> <rate>": seconds since 1970, seconds by which the
// clock is fast, and ppm by which it gains. nullopt: not such a line.
[[nodiscard]] std::optional<RtcLine> parse_rtcfile(std::string_view text);
[[nodiscard]] std::string to_rtcfile(const RtcLine& line);

}  // namespace ntp::rtcd
