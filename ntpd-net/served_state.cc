// The words of the served page. Rates travel as 1e-15 units: an integer is never NaN.
#include "ntpd-net/served_state.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

constexpr std::int64_t most_rate = 200'000'000'000'000;  // 200,000 ppm in 1e-15
constexpr double rate_unit = 1e-15;

std::uint64_t word(Nanos span) { return static_cast<std::uint64_t>(span.count()); }
std::uint64_t word(Rate rate) {
  const double scaled = std::clamp(rate.fraction / rate_unit, -2e14, 2e14);
  return static_cast<std::uint64_t>(std::llround(std::isnan(scaled) ? 0 : scaled));
}
Nanos span_of(std::uint64_t word) { return Nanos{static_cast<std::int64_t>(word)}; }
Nanos positive_span_of(std::uint64_t word) { return std::max(span_of(word), Nanos{0}); }
Rate rate_of(std::uint64_t word) {
  const auto value = std::clamp(static_cast<std::int64_t>(word), -most_rate, most_rate);
  return {static_cast<double>(value) * rate_unit};
}

}  // namespace

void write_served(ServedPage& page, const ServedState& state) {
  const std::uint64_t small =
      static_cast<std::uint64_t>(state.from_system_clock) |
      static_cast<std::uint64_t>(state.leap) << 8 |
      static_cast<std::uint64_t>(state.stratum) << 16 |
      static_cast<std::uint64_t>(static_cast<std::uint8_t>(state.precision_log2)) << 24 |
      static_cast<std::uint64_t>(state.refid) << 32;
  page.write({small, word(state.line.anchor.since_zero), word(state.line.utc.since_zero),
              word(state.line.rate), word(state.line.bound), word(state.line.bound_growth),
              word(state.line.deviation), word(state.system_rate), word(state.reference.since_zero),
              word(state.root_delay), word(state.root_dispersion),
              word(state.dispersion_at.since_zero), word(state.dispersion_growth),
              word(state.leap_at.since_zero), word(state.leap_jump)});
}

std::optional<ServedState> read_served(const ServedPage& page) {
  const auto words = page.read();
  if (!words) return std::nullopt;
  const auto& w = *words;
  ServedState state;
  state.from_system_clock = (w[0] & 1) != 0;
  state.leap = Leap{static_cast<std::uint8_t>(w[0] >> 8 & 3)};
  state.stratum = static_cast<std::uint8_t>(std::min<std::uint64_t>(w[0] >> 16 & 0xff, 16));
  state.precision_log2 = static_cast<std::int8_t>(static_cast<std::uint8_t>(w[0] >> 24));
  state.refid = static_cast<std::uint32_t>(w[0] >> 32);
  state.line = {.anchor = {span_of(w[1])},
                .utc = {span_of(w[2])},
                .rate = rate_of(w[3]),
                .bound = positive_span_of(w[4]),
                .bound_growth = abs(rate_of(w[5])),
                .deviation = positive_span_of(w[6])};
  state.system_rate = rate_of(w[7]);
  state.reference = {span_of(w[8])};
  state.root_delay = positive_span_of(w[9]);
  state.root_dispersion = positive_span_of(w[10]);
  state.dispersion_at = {span_of(w[11])};
  state.dispersion_growth = abs(rate_of(w[12]));
  state.leap_at = {span_of(w[13])};
  state.leap_jump = std::clamp(span_of(w[14]), Nanos{-1s}, Nanos{1s});
  return state;
}

const ServedState* NewestState::read(const ServedPage& page) {
  const std::uint64_t sequence = page.sequence();
  if (sequence != sequence_) {
    if (auto fresh = read_served(page)) {
      state_ = *fresh;
      sequence_ = sequence;
    }
  }
  return state_ ? &*state_ : nullptr;
}

}  // namespace ntp
