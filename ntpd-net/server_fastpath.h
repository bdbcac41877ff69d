// The workers' side of the fast path (ntpd-xdp): the first worker tells the program inside
// the kernel the time to say, as a line over CLOCK_MONOTONIC, 16 times a second; without news
// for a second the program answers nothing and all requests come to the workers.
// Loads nothing: the maps are inherited (ntpd-net/fast_path.h).
#pragma once

#include "common/fastpath/layout.h"
#include "common/time/clocks.h"
#include "ntpd-net/server_answer.h"

namespace ntp {

// CLOCK_MONOTONIC is slewed together with CLOCK_REALTIME, so a line over it is only good until
// the slew changes, which the kernel does once a second: in 62.5 ms a slew that changes by
// 500 ppm moves the line by 31 us, and steady clocks by nothing.
inline constexpr Nanos fast_line_period{62'500'000};
inline constexpr Nanos fast_line_validity{1s};

// Two clocks at one instant, give or take half of `window`.
struct MonotonicReading {
  RawTime raw{};
  MonotonicTime monotonic{};
  Nanos window{0};
};

// What `serving` says, as a line through `at`. `monotonic_rate` is what CLOCK_MONOTONIC gains
// on the raw clock; `doubt` is how far the last line was off at its end, and goes into the
// root dispersion.
[[nodiscard]] fast_line make_fast_line(const ServedState& state, const Serving& serving,
                                       const MonotonicReading& at, Rate monotonic_rate,
                                       Nanos doubt);

class FastPathFeeder {
 public:
  // REQUIRES: the only writer; the memory outlives the feeder.
  explicit FastPathFeeder(fast_state& memory) : memory_{memory} {}

  [[nodiscard]] bool is_due(MonotonicTime now) const { return now >= due_; }
  [[nodiscard]] MonotonicTime due() const { return due_; }
  // REQUIRES: `clocks` are the machine's. Leaves the old line when the clocks could not be
  // read close together.
  void feed(const ServedState& state, Clocks& clocks);

 private:
  void write(const fast_line& line);

  fast_state& memory_;
  MonotonicTime due_{};
  MonotonicReading last_{};
  bool has_last_ = false;
};

}  // namespace ntp
