// Is the raw clock still the same clock? Suspend stops it, another clocksource runs at another
// rate: then old samples say nothing about now and a new epoch begins. A step of REALTIME by
// anybody is noticed too: it voids stamps in flight. Opens its descriptors at start, judges
// after every wake-up; in a simulator without these calls it has nothing to watch.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/time/instants.h"

namespace ntp {

enum class Break : std::uint8_t { none, suspended, other_clocksource };

class Continuity {
 public:
  // Watches nothing: for simulated worlds.
  Continuity() = default;
  // What the kernel offers; what it does not offer is not watched.
  [[nodiscard]] static Continuity open();
  // A descriptor that becomes readable when somebody sets CLOCK_REALTIME; -1 when there is none.
  [[nodiscard]] int step_fd() const { return step_.number(); }

  // Consumes the notice of `step_fd`: true if the clock was set.
  [[nodiscard]] bool take_step();
  // What a text can say of which raw clock this is, of one run of the machine.
  [[nodiscard]] std::string identity() const;
  // What broke the raw clock since the last call. Reads the clocksource's name at most once in
  // `source_interval`.
  [[nodiscard]] Break check(MonotonicTime now);

 private:
  static constexpr Nanos source_interval = 10s;
  using Name = std::array<char, 32>;
  [[nodiscard]] Name read_clocksource() const;

  Fd step_;
  Fd clocksource_;
  Name name_{};
  MonotonicTime name_due_{};
  std::optional<Nanos> asleep_;  // BOOTTIME minus MONOTONIC at the last check
};

}  // namespace ntp
