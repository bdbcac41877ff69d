// Cheap random bits, many a packet: for fuzz below the clock's precision and for rounding. Never
// for a secret: who sees a few knows the rest.
#pragma once

#include <cstdint>

namespace ntp {

// xorshift64*.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_{seed | 1} {}
  std::uint64_t roll() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545'f491'4f6c'dd1d;
  }

 private:
  std::uint64_t state_;
};

}  // namespace ntp
