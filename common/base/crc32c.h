// CRC-32C (Castagnoli), for small records on disk: tells a torn or flipped record from a whole
// one. No protection against anybody who means it.
#pragma once

#include <cstdint>

#include "common/base/octets.h"

namespace ntp {

[[nodiscard]] constexpr std::uint32_t crc32c(Octets octets) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte octet : octets) {
    crc ^= static_cast<std::uint32_t>(octet);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

}  // namespace ntp
