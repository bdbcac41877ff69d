// See fallback.h.
#include "clockd/fallback.h"

#include <cmath>

namespace ntp::clockd {

namespace {

Nanos span(int log2) { return std::chrono::seconds{std::int64_t{1} << log2}; }

}  // namespace

void Fallback::learn(Rate rate, Nanos since) {
  const bool is_first = observed_ == Nanos{0};
  observed_ += since + Nanos{1};
  for (int k = spans_.least; k <= spans_.most; ++k) {
    Rate& average = averages_[static_cast<std::size_t>(k)];
    const double weight = is_first ? 1 : 1 - std::exp(-to_seconds(since) / to_seconds(span(k)));
    average = average * (1 - weight) + rate * weight;
  }
}

std::optional<Rate> Fallback::after(Nanos silence) const {
  for (int k = spans_.most; k >= spans_.least; --k)
    if (silence >= span(k) && observed_ >= span(k)) return averages_[static_cast<std::size_t>(k)];
  return std::nullopt;
}

Nanos Fallback::next_change(Nanos silence) const {
  for (int k = spans_.least; k <= spans_.most; ++k)
    if (silence < span(k)) return span(k) - silence;
  return Nanos{-1};
}

}  // namespace ntp::clockd
