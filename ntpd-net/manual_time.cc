// The regression of manual time: least squares with a prior on the rate.
#include "ntpd-net/manual_time.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

constexpr double typed_deviation = 0.3;  // s: whole seconds, and a finger
constexpr double known_deviation =
    5e-5;                         // of the rate beforehand: who types the time knows no better
constexpr Nanos worst_said = 1s;  // beyond the deviation: an honest bound

}  // namespace

void ManualTime::take(const Reading& reading, UtcTime utc) {
  if (count_ == most) (void)remove(0);
  said_[count_++] = {reading.raw, utc, reading.system.since_zero - utc.since_zero};
}

bool ManualTime::remove(std::size_t index) {
  if (index >= count_) return false;
  std::shift_left(said_.begin() + static_cast<std::ptrdiff_t>(index),
                  said_.begin() + static_cast<std::ptrdiff_t>(count_), 1);
  --count_;
  return true;
}

void ManualTime::leap(Nanos jump) {
  for (Said& said : said_) said.utc += jump;
}

std::optional<ManualTime::Fit> ManualTime::fit(RawTime now, Rate known) const {
  if (count_ == 0) return std::nullopt;
  // UTC minus raw time beyond the newest's, against raw time before the newest; both in s.
  const Said& newest = said_[count_ - 1];
  const Nanos origin = newest.utc.since_zero - newest.at.since_zero;
  const double n = static_cast<double>(count_);
  double time = 0, offset = 0;
  for (const Said& said : all()) {
    time += to_seconds(said.at - newest.at) / n;
    offset += to_seconds(said.utc.since_zero - said.at.since_zero - origin) / n;
  }
  double spread = 0, slope = 0;
  for (const Said& said : all()) {
    const double x = to_seconds(said.at - newest.at) - time;
    spread += x * x;
    slope += x * (to_seconds(said.utc.since_zero - said.at.since_zero - origin) - offset);
  }
  const double typed = typed_deviation * typed_deviation;
  const double weight = spread / typed, prior = 1 / (known_deviation * known_deviation);
  const Rate rate{(slope / typed + known.fraction * prior) / (weight + prior)};
  const double rate_deviation = 1 / std::sqrt(weight + prior);
  const double age = to_seconds(now - newest.at) - time;
  const double deviation = std::hypot(typed_deviation / std::sqrt(n), rate_deviation * age);
  return Fit{.line = {.anchor = now,
                      .utc = {now.since_zero + origin + to_nanos(offset + rate.fraction * age)},
                      .rate = rate,
                      .bound = worst_said + to_nanos(rate_deviation * std::abs(age)),
                      .bound_growth = Rate{3 * rate_deviation},
                      .deviation = to_nanos(deviation)},
             .skew = Rate{2 * rate_deviation}};
}

}  // namespace ntp
