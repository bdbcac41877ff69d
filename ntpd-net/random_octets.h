// Arrays of random octets, straight from the kernel: identifiers, nonces, keys.
#pragma once

#include <algorithm>
#include <cstring>

#include "common/os/random.h"

namespace ntp {

template <typename Array>
[[nodiscard]] Array random_octets() {
  Array out;
  for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random_bits();
    std::memcpy(out.data() + i, &bits, std::min(sizeof bits, out.size() - i));
  }
  return out;
}

}  // namespace ntp
