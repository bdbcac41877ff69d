// Readings of a network card's clock between two readings of ours: which of a burst is believed.
// Pure; the ioctls are phc.cc.
#pragma once

#include <optional>
#include <span>

#include "refclockd/look.h"

namespace ntp::refclockd {

// One card reading with the system clock before and after it.
struct PhcReading {
  SystemTime before{};
  Nanos phc{0};  // since the card's zero: 1970, in TAI where ptp4l keeps it
  SystemTime after{};
};

// The mean of the readings whose window is within 1.5 times the shortest one; nullopt without a
// reading whose window is positive.
[[nodiscard]] std::optional<Look> combine(std::span<const PhcReading> readings);

}  // namespace ntp::refclockd
