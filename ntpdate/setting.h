// Carries out the order: through a running clockd where that keeps the clock, else by the
// kernel's step or its self-ending slew. Decides nothing about servers.
#pragma once

#include <optional>

#include "common/board/clock_socket.h"
#include "ntpdate/verdict.h"

namespace ntp::ntpdate {

// What became of the clock.
enum class Outcome : std::uint8_t {
  set,         // stepped, or a slew is under way
  left_alone,  // clockd follows its sources already: nothing to add
};

// The connection to a clockd that runs, if one does. REQUIRES: before confinement.
[[nodiscard]] std::optional<ClockSocket> find_clockd(const std::string& rundir);

[[nodiscard]] Result<Outcome> carry_out(const Order& order, std::optional<ClockSocket>& clockd);

}  // namespace ntp::ntpdate
