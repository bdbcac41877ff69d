// Bits that nobody can guess, from the kernel. Never seeded, never repeated.
#pragma once

#include <cstdint>

namespace ntp {

[[nodiscard]] std::uint64_t random_bits();

// Uniform in [0, 1): for spreading timers.
[[nodiscard]] inline double random_fraction() {
  return static_cast<double>(random_bits() >> 11) * 0x1p-53;
}

}  // namespace ntp
