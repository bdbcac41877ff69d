// Draws the crystal's path second by second.
#include "tests/sim/oscillator.h"

#include <numbers>

#include "common/base/ensure.h"

namespace ntp::sim {

Oscillator::Oscillator(OscillatorShape shape, std::uint64_t seed)
    : shape_{std::move(shape)}, dice_{seed} {}

void Oscillator::extend_to(std::size_t second) {
  while (rates_.size() <= second) {
    const Nanos now = std::chrono::seconds{rates_.size()};
    double rate = shape_.start.fraction + walked_;
    if (shape_.white != 0) rate += shape_.white * dice_.normal();
    const double phase = to_seconds(now) / to_seconds(shape_.swing_period);
    rate += shape_.swing.fraction * std::sin(2 * std::numbers::pi * phase);
    for (const RateStep& step : shape_.steps) {
      if (now >= step.at) rate += step.by.fraction;
    }
    gained_.push_back(rates_.empty() ? 0 : gained_.back() + rates_.back() * 1e9);
    rates_.push_back(rate);
    walked_ += shape_.walk * dice_.normal();
  }
}

RawTime Oscillator::raw_at(TrueTime t) {
  ENSURE(t.since_zero >= Nanos{0});
  const auto second = static_cast<std::size_t>(t.since_zero / 1s);
  extend_to(second);
  const double within = static_cast<double>((t.since_zero % 1s).count());
  const double gained = gained_[second] + rates_[second] * within;
  return RawTime{t.since_zero + Nanos{std::llround(gained)}};
}

Rate Oscillator::rate_at(TrueTime t) {
  const auto second = static_cast<std::size_t>(t.since_zero / 1s);
  extend_to(second);
  return {rates_[second]};
}

TrueTime Oscillator::true_at(RawTime raw, TrueTime guess) {
  for (int i = 0; i < 4; ++i) guess += raw - raw_at(guess);
  return guess;
}

}  // namespace ntp::sim
