// The simulated world's chance: seeded generators, the same numbers on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace ntp::sim {

// splitmix64's finisher: neighbouring numbers become unrelated ones.
constexpr std::uint64_t scatter(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// A seed is a stream; any 64-bit number will do.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_{seed} {}

  std::uint64_t bits() { return scatter(state_ += 0x9e3779b97f4a7c15u); }
  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }  // (0, 1)
  double exponential() { return -std::log(uniform()); }                             // mean 1
  double normal() {                                                                 // mean 0, sd 1
    const double radius = std::sqrt(2 * exponential());
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  // Mean 1, infinite variance: sizes of what people fetch. REQUIRES: shape > 1.
  double pareto(double shape) { return (shape - 1) / shape * std::pow(uniform(), -1 / shape); }

 private:
  std::uint64_t state_;
};

}  // namespace ntp::sim
