// Lines over CLOCK_MONOTONIC from what is served, and the two-slot page that carries them.
#include "ntpd-net/server_fastpath.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>

namespace ntp {
namespace {

constexpr int most_tries = 5;
constexpr Nanos tight_window{200};   // good enough to stop looking
constexpr Nanos widest_window{2us};  // beyond it the reading is not used
constexpr Nanos retry{5ms};
// Closer than this the client role's rate, measured over longer, is the better one.
constexpr double same_rate = 1e-6;

constexpr double ntp_units_a_nano = 4.294967296;  // 2^32 / 10^9

MonotonicReading read_once(Clocks& clocks) {
  const RawTime before = clocks.raw_now();
  const MonotonicTime monotonic = clocks.monotonic_now();
  const Nanos window = clocks.raw_now() - before;
  return {before + window / 2, monotonic, window};
}

MonotonicReading read_both(Clocks& clocks) {
  MonotonicReading best = read_once(clocks);
  for (int i = 1; i < most_tries && best.window > tight_window; ++i) {
    const MonotonicReading next = read_once(clocks);
    if (next.window < best.window) best = next;
  }
  return best;
}

std::uint64_t word(MonotonicTime t) { return static_cast<std::uint64_t>(t.since_zero.count()); }

}  // namespace

fast_line make_fast_line(const ServedState& state, const Serving& serving,
                         const MonotonicReading& at, Rate monotonic_rate, Nanos doubt) {
  const Nanos since = at.raw - serving.now.raw;
  const UtcTime utc = serving.utc_now + since;  // microseconds: no rate matters
  const double rate = state.from_system_clock ? 0.0 : (state.line.rate - monotonic_rate).fraction;
  Header head = serving.base;
  head.root_dispersion = to_short(from_short(head.root_dispersion) + doubt);
  std::array<std::byte, header_size> octets;
  write_header(head, octets);
  fast_line line{};
  line.anchor = word(at.monotonic);
  line.ntp = to_wire(utc).bits;
  line.slope = static_cast<std::uint64_t>(
      std::llround(ntp_units_a_nano * (1 + rate) * static_cast<double>(1 << fast_slope_bits)));
  line.valid_until = word(at.monotonic + fast_line_validity);
  line.raw_minus_mono =
      static_cast<std::uint64_t>((at.raw.since_zero - at.monotonic.since_zero).count());
  const int width = std::clamp(32 + head.precision_log2, 1, 32);
  line.fuzz_mask = (UINT64_C(1) << width) - 1;
  std::memcpy(line.head, octets.data(), sizeof line.head);
  return line;
}

void FastPathFeeder::feed(const ServedState& state, Clocks& clocks) {
  const Serving serving = prepare_serving(state, clocks.read());
  const MonotonicReading at = read_both(clocks);
  due_ = at.monotonic + retry;
  if (at.window > widest_window || std::chrono::abs(at.raw - serving.now.raw) > 1ms) return;
  due_ = at.monotonic + fast_line_period;
  Rate rate = state.system_rate;
  Nanos doubt{0};
  if (has_last_) {
    const Nanos span = at.raw - last_.raw;
    const double measured =
        to_seconds((at.monotonic - last_.monotonic) - span) / std::max(to_seconds(span), 1e-3);
    if (std::abs(measured - rate.fraction) > same_rate) rate = {measured};
    const fast_line& old = memory_.lines[memory_.generation & 1];
    const WireTime said{fast_time_at(&old, word(at.monotonic))};
    if (memory_.generation != 0 && word(at.monotonic) < old.valid_until)
      doubt = std::chrono::abs(from_wire(said) - (serving.utc_now + (at.raw - serving.now.raw)));
  }
  last_ = at;
  has_last_ = true;
  write(make_fast_line(state, serving, at, rate, doubt));
}

// The program reads the line that the generation names; we write the other one.
void FastPathFeeder::write(const fast_line& line) {
  std::atomic_ref<__u64> generation{memory_.generation};
  const std::uint64_t next = generation.load(std::memory_order_relaxed) + 1;
  memory_.lines[next & 1] = line;
  generation.store(next, std::memory_order_release);
}

}  // namespace ntp
