// One accepted exchange with a source, as four immutable instants: what the estimator eats.
// Knows no packet, no socket and no system time; past this type every local stamp is raw.
#pragma once

#include "common/time/estimate.h"
#include "common/time/instants.h"

namespace ntp {

struct Sample {
  RawTime sent{};             // T1: our request left
  UtcTime server_received{};  // T2: the server's clock when it came
  UtcTime server_sent{};      // T3: the server's clock when the answer left
  RawTime received{};         // T4: the answer came
  Nanos root_delay{0};        // server's claim, >= 0
  Nanos root_dispersion{0};   // server's claim, >= 0
  Nanos precision{10};        // resolution of the two clocks together, > 0
  Leap leap = Leap::none;
  std::uint8_t stratum = 1;  // 1..15, the server's

  [[nodiscard]] constexpr Nanos delay()
      const {  // round trip less the server's hold, may be < 0 by noise
    return (received - sent) - (server_sent - server_received);
  }
};

}  // namespace ntp
