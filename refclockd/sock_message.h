// The datagram of the SOCK driver on 64-bit Linux, and the one parser of it.
#pragma once

#include <cstdint>

#include "common/base/octets.h"
#include "refclockd/look.h"

namespace ntp::refclockd {

struct SockMessage {
  std::int64_t seconds = 0;  // CLOCK_REALTIME of the measurement
  std::int64_t micros = 0;
  double offset = 0;  // reference minus system clock, s
  std::int32_t pulse = 0;
  std::int32_t leap = 0;  // 0, 1, 2
  std::int32_t pad = 0;
  std::int32_t magic = expected_magic;

  static constexpr std::int32_t expected_magic = 0x534f434b;  // "SOCK"
};
static_assert(sizeof(SockMessage) == 40);

// Exactly 40 octets with the magic, or malformed.
[[nodiscard]] Result<Look, Nothing> parse_sock(Octets datagram);

}  // namespace ntp::refclockd
