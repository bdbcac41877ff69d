// The reference identifier of a `refclock` line. refclockd and ntpd-net derive it from the same
// line and must agree, so it has one home. Knows no device and no packet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/conf/settings.h"

namespace ntp {

// The refid given, or driver and line as chrony names them ("SHM0", "PPS1"); big-endian ASCII.
// `line` counts the refclock lines of the configuration from 0.
[[nodiscard]] std::uint32_t refid_of(const RefclockSettings& settings, std::size_t line);

}  // namespace ntp
