// Gaussian beliefs of small fixed dimension: advance them in time, look at them along one
// direction of an exchange, absorb what was learnt. Components: 0 is x, UTC minus raw time (s);
// 1 is y, its rate; then for each path b, the base one-way delay (s), and a, its asymmetry (s).
// Knows no noise: what a measurement says along the line of sight comes from one_sided_update.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/sync/per_level.h"

namespace ntp {

constexpr double square(double x) { return x * x; }

// A symmetric matrix that stores each pair once: (0,0) (1,0) (1,1) (2,0) ...
template <std::size_t N, typename Real = double>
class Symmetric {
 public:
  static constexpr std::size_t size = N * (N + 1) / 2;
  constexpr Real& operator()(std::size_t i, std::size_t j) { return cells_[place(i, j)]; }
  constexpr const Real& operator()(std::size_t i, std::size_t j) const {
    return cells_[place(i, j)];
  }
  // The cells in the order of storage.
  constexpr Real& operator[](std::size_t cell) { return cells_[cell]; }
  constexpr const Real& operator[](std::size_t cell) const { return cells_[cell]; }

 private:
  static constexpr std::size_t place(std::size_t i, std::size_t j) {
    return i < j ? j * (j + 1) / 2 + i : i * (i + 1) / 2 + j;
  }
  std::array<Real, size> cells_{};
};

// cov += scale * v v'
template <std::size_t N, typename Real>
void add_outer(Symmetric<N, Real>& cov, const Real& scale, const std::array<Real, N>& v) {
  std::size_t cell = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const Real row = scale * v[i];
    for (std::size_t j = 0; j <= i; ++j) cov[cell++] += row * v[j];
  }
}

template <std::size_t N, typename Real = double>
struct Gaussian {
  std::array<Real, N> mean{};
  Symmetric<N, Real> cov{};

  // Forgets what component `i` shares with the others and gives it a new value.
  void reset(std::size_t i, Real value, Real variance) {
    for (std::size_t j = 0; j < N; ++j) cov(i, j) = Real{};
    mean[i] = value;
    cov(i, i) = variance;
  }
};

inline constexpr std::size_t offset_part = 0;
inline constexpr std::size_t rate_part = 1;
inline constexpr std::size_t base_part = 2;  // of a single-source belief
inline constexpr std::size_t asymmetry_part = 3;
using LineBelief = Gaussian<4>;
using LevelBeliefs = Gaussian<4, PerLevel>;  // one for each level of wander

// Time passes: `elapsed` s in which the rate wanders with spectral density `wander` (1/s).
template <std::size_t N, typename Real>
void advance(Gaussian<N, Real>& g, double elapsed, const Real& wander) {
  const double d = elapsed;
  const Real rate_variance = g.cov(1, 1), both = g.cov(0, 1);
  g.mean[0] += d * g.mean[1];
  g.cov(0, 0) += 2 * d * both + d * d * rate_variance + wander * d * d * d / 3;
  g.cov(0, 1) += d * rate_variance + wander * d * d / 2;
  for (std::size_t j = 2; j < N; ++j) g.cov(0, j) += d * g.cov(1, j);
  g.cov(1, 1) += wander * d;
}

// A direction of an exchange. Up: T2-T1 = x - half*y + b + a. Down: T4-T3 = -x - half*y + b - a.
struct Sight {
  double sign = 1;               // +1 up, -1 down, 0: nothing of the offset
  double half = 0;               // half of the raw time from request to answer, s
  std::size_t path = base_part;  // where b stands; a follows it
  double base = 1;               // 0: without b, which a difference of the two does not show
};

template <std::size_t N, typename Real = double>
struct Projection {
  Real value{};                 // predicted measurement, s
  Real variance{};              // of it, > 0
  std::array<Real, N> share{};  // covariance of each component with it
};

inline constexpr double least_variance = 1e-24;  // (1 ps)^2: keeps every division sound

template <std::size_t N, typename Real>
Projection<N, Real> look(const Gaussian<N, Real>& g, const Sight& s) {
  Projection<N, Real> seen;
  const std::size_t b = s.path, a = s.path + 1;
  for (std::size_t i = 0; i < N; ++i) {
    seen.share[i] =
        s.sign * (g.cov(i, 0) + g.cov(i, a)) - s.half * g.cov(i, 1) + s.base * g.cov(i, b);
  }
  seen.value = s.sign * (g.mean[0] + g.mean[a]) - s.half * g.mean[1] + s.base * g.mean[b];
  seen.variance = larger(Real{least_variance}, s.sign * (seen.share[0] + seen.share[a]) -
                                                   s.half * seen.share[1] + s.base * seen.share[b]);
  return seen;
}

// Along any direction.
template <std::size_t N, typename Real>
Projection<N, Real> look_along(const Gaussian<N, Real>& g, const std::array<double, N>& direction) {
  Projection<N, Real> seen;
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) seen.share[i] += direction[j] * g.cov(i, j);
  }
  for (std::size_t i = 0; i < N; ++i) {
    seen.value += direction[i] * g.mean[i];
    seen.variance += direction[i] * seen.share[i];
  }
  seen.variance = larger(Real{least_variance}, seen.variance);
  return seen;
}

// The measurement moved the projection to (`value`, `variance`): move the whole belief with it.
template <std::size_t N, typename Real>
void absorb(Gaussian<N, Real>& g, const Projection<N, Real>& seen, const Real& value,
            const Real& variance) {
  const Real move = (value - seen.value) / seen.variance;
  const Real shrink = (seen.variance - variance) / (seen.variance * seen.variance);
  for (std::size_t i = 0; i < N; ++i) g.mean[i] += seen.share[i] * move;
  add_outer(g.cov, -shrink, seen.share);
}

// Variance of the offset `elapsed` s after the belief's instant.
template <std::size_t N>
double offset_variance_after(const Gaussian<N>& g, double elapsed, double wander) {
  const double d = elapsed;
  return std::max(least_variance,
                  g.cov(0, 0) + 2 * d * g.cov(0, 1) + d * d * g.cov(1, 1) + wander * d * d * d / 3);
}

}  // namespace ntp
