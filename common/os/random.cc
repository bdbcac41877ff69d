// getrandom(2); see random.h.
#include "common/os/random.h"

#include <sys/random.h>

#include "common/base/ensure.h"

namespace ntp {

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  // Short reads do not happen for 8 octets; without randomness we must not go on.
  ENSURE(::getrandom(&bits, sizeof bits, 0) == sizeof bits);
  return bits;
}

}  // namespace ntp
