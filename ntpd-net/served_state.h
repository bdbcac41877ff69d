// What the client role tells the server role: the time to serve and what to say of it. The
// only knowledge of time that a worker has. How it travels is ntpd-net/server_pages.h; what
// the answers look like is ntpd-net/server.h.
#pragma once

#include <cstdint>
#include <optional>

#include "common/time/estimate.h"
#include "ntpd-net/page.h"

namespace ntp {

// Without an estimate of UTC (`local stratum N`, or nothing known yet) the machine's own
// clock is served: `from_system_clock`, and `line` is not looked at.
struct ServedState {
  bool from_system_clock = true;
  Estimate line{};     // UTC over the raw clock
  Rate system_rate{};  // CLOCK_REALTIME against raw now, with its slew; 0 when not known
  Leap leap = Leap::unsynchronised;  // unsynchronised: stratum and refid are sent as 0
  std::uint8_t stratum = 16;         // ours, 1..16
  std::uint32_t refid = 0;
  UtcTime reference{};       // when the clock was last corrected; zero = never
  Nanos root_delay{0};       // >= 0
  Nanos root_dispersion{0};  // at `dispersion_at`, >= 0
  RawTime dispersion_at{};
  Rate dispersion_growth = ppm(15);  // >= 0
  RawTime leap_at{};                 // when the line reaches a leap second ...
  Nanos leap_jump{0};                // ... and jumps by this; 0 = none today
  std::int8_t precision_log2 = -24;  // of the clock that we read

  [[nodiscard]] constexpr Nanos root_dispersion_at(RawTime t) const {
    const Nanos age = t - dispersion_at;
    return root_dispersion + (age > Nanos{0} ? dispersion_growth * age : Nanos{0});
  }
};

using ServedPage = Page<16>;

void write_served(ServedPage& page, const ServedState& state);

// nullopt until the client role has spoken. Values out of range are brought back into it: a
// worker never fails because of what stands in the page.
[[nodiscard]] std::optional<ServedState> read_served(const ServedPage& page);

// A worker's copy: looks at the page again only when something new stands there.
class NewestState {
 public:
  // Null until the client role has spoken.
  const ServedState* read(const ServedPage& page);

 private:
  std::optional<ServedState> state_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace ntp
