// One number for each level of wander: what is done to one is done to all, several at an
// instruction. What is written with each() and visit() also works on plain numbers, which know no
// levels.
#pragma once

#include <array>
#include <cstddef>

#include "common/sync/wander_params.h"

namespace ntp {

class PerLevel {
 public:
  constexpr PerLevel() = default;
  constexpr PerLevel(double all) { each_.fill(all); }  // NOLINT: a number is the same at each
  constexpr double& operator[](std::size_t level) { return each_[level]; }
  constexpr double operator[](std::size_t level) const { return each_[level]; }

 private:
  std::array<double, wander::count> each_{};
};

template <typename Function, typename... Numbers>
constexpr void visit(const Function& function, const PerLevel& first, Numbers&... others) {
  for (std::size_t i = 0; i < wander::count; ++i) function(first[i], others[i]...);
}
template <typename Function, typename... Numbers>
constexpr void visit(const Function& function, double first, Numbers&... others) {
  function(first, others...);
}

template <typename Function, typename... Numbers>
constexpr PerLevel each(const Function& function, const PerLevel& first, const Numbers&... others) {
  PerLevel result;
  for (std::size_t i = 0; i < wander::count; ++i) result[i] = function(first[i], others[i]...);
  return result;
}
template <typename Function, typename... Numbers>
constexpr double each(const Function& function, double first, Numbers... others) {
  return function(first, others...);
}

constexpr PerLevel operator+(const PerLevel& a, const PerLevel& b) {
  return each([](double x, double y) { return x + y; }, a, b);
}
constexpr PerLevel operator-(const PerLevel& a, const PerLevel& b) {
  return each([](double x, double y) { return x - y; }, a, b);
}
constexpr PerLevel operator*(const PerLevel& a, const PerLevel& b) {
  return each([](double x, double y) { return x * y; }, a, b);
}
constexpr PerLevel operator/(const PerLevel& a, const PerLevel& b) {
  return each([](double x, double y) { return x / y; }, a, b);
}
constexpr PerLevel operator-(const PerLevel& a) { return PerLevel{} - a; }
constexpr PerLevel& operator+=(PerLevel& a, const PerLevel& b) { return a = a + b; }
constexpr PerLevel& operator*=(PerLevel& a, const PerLevel& b) { return a = a * b; }

template <typename Real>
constexpr Real larger(const Real& a, const Real& b) {
  return each([](double x, double y) { return x < y ? y : x; }, a, b);
}
template <typename Real>
constexpr Real smaller(const Real& a, const Real& b) {
  return each([](double x, double y) { return y < x ? y : x; }, a, b);
}

}  // namespace ntp
