// The fit is done about the middle of the measurements, so that a year of seconds since 1970
// loses no digits.
#include "rtcd/rtc_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"

namespace ntp::rtcd {

void RtcTrack::take(const RtcMeasurement& measurement) {
  ring_[next_] = measurement;
  next_ = (next_ + 1) % most;
  count_ = std::min(count_ + 1, most);
}

void RtcTrack::restart() { count_ = next_ = 0; }

Nanos RtcTrack::span() const { return count_ == 0 ? Nanos{0} : at(count_ - 1).when - at(0).when; }

std::size_t RtcTrack::runs(const RtcLine& line) const {
  std::size_t runs = 0;
  bool was_above = false;
  for (std::size_t i = 0; i < count_; ++i) {
    const bool is_above = at(i).error > line.error_at(at(i).when);
    if (i == 0 || is_above != was_above) ++runs;
    was_above = is_above;
  }
  return runs;
}

std::optional<RtcLine> RtcTrack::line(std::optional<Rate> known) const {
  if (count_ == 0) return std::nullopt;
  const RtcMeasurement& newest = at(count_ - 1);
  const RtcLine flat{
      .reference = newest.when, .error = newest.error, .rate = known.value_or(Rate{})};
  if (!knows_rate()) return flat;

  double sum_time = 0, sum_error = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    sum_time += to_seconds(at(i).when - newest.when);
    sum_error += to_seconds(at(i).error);
  }
  const double mean_time = sum_time / static_cast<double>(count_);
  const double mean_error = sum_error / static_cast<double>(count_);
  double across = 0, along = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const double time = to_seconds(at(i).when - newest.when) - mean_time;
    across += time * (to_seconds(at(i).error) - mean_error);
    along += time * time;
  }
  const double slope = along > 0 ? across / along : 0;
  return RtcLine{.reference = newest.when,
                 .error = to_nanos(mean_error - slope * mean_time),
                 .rate = Rate{slope}};
}

std::optional<RtcLine> parse_rtcfile(std::string_view text) {
  const auto words = split_words(text);
  if (words.size() != 4 || words[0] != "1") return std::nullopt;
  const auto reference = parse_real(words[1]);
  const auto error = parse_real(words[2]);
  const auto rate = parse_real(words[3]);
  if (!reference || !error || !rate) return std::nullopt;
  constexpr double most_error = 86400 * 366.0;  // a year wrong is a clock that was never set
  constexpr double most_rate = 1000;            // ppm: no crystal is that bad
  if (*reference < 0 || *reference > 4e9 || std::abs(*error) > most_error ||
      std::abs(*rate) > most_rate) {
    return std::nullopt;
  }
  return RtcLine{
      .reference = {to_nanos(*reference)}, .error = to_nanos(*error), .rate = ppm(*rate)};
}

std::string to_rtcfile(const RtcLine& line) {
  return fmt::format("1 {} {:.6f} {:.3f}\n", line.reference.since_zero / 1s, to_seconds(line.error),
                     line.rate.ppm());
}

}  // namespace ntp::rtcd
