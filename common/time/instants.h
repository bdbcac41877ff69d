// Time without mix-ups: an instant belongs to the clock that showed it, and instants of
// different clocks neither compare nor subtract. Durations are exact nanoseconds; frequency
// is a `Rate`. Reads no clock.
#pragma once

#include <chrono>
#include <cmath>
#include <compare>
#include <cstdint>

namespace ntp {

using Nanos = std::chrono::nanoseconds;         // exact; crosses every interface
using Seconds = std::chrono::duration<double>;  // inexact; stays inside statistics
using namespace std::chrono_literals;

// Nearest nanosecond; saturates at about 292 years, NaN becomes 0.
constexpr Nanos to_nanos(Seconds seconds) {
  const double ns = seconds.count() * 1e9;
  if (!(ns == ns)) return Nanos{0};
  if (ns >= 9.2e18) return Nanos{INT64_C(9200000000000000000)};
  if (ns <= -9.2e18) return Nanos{INT64_C(-9200000000000000000)};
  return Nanos{static_cast<std::int64_t>(ns < 0 ? ns - 0.5 : ns + 0.5)};
}
constexpr Nanos to_nanos(double seconds) { return to_nanos(Seconds{seconds}); }
constexpr double to_seconds(Nanos nanos) { return static_cast<double>(nanos.count()) * 1e-9; }

// A point on the clock `Clock`, in nanoseconds since that clock's zero.
template <typename Clock>
struct Instant {
  Nanos since_zero{0};

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant& operator+=(Nanos d) {
    since_zero += d;
    return *this;
  }
  friend constexpr Instant operator+(Instant t, Nanos d) { return {t.since_zero + d}; }
  friend constexpr Instant operator-(Instant t, Nanos d) { return {t.since_zero - d}; }
  friend constexpr Nanos operator-(Instant a, Instant b) { return a.since_zero - b.since_zero; }
};

using RawTime = Instant<struct RawClock>;        // CLOCK_MONOTONIC_RAW; nobody adjusts it
using SystemTime = Instant<struct SystemClock>;  // CLOCK_REALTIME since 1970; what we steer
using UtcTime = Instant<struct UtcClock>;  // the truth since 1970 (POSIX count), as estimated or as
                                           // a server says
using MonotonicTime = Instant<struct MonotonicClock>;  // CLOCK_MONOTONIC; timers only

// Relative speed of one clock against another: seconds gained per second. Positive is fast.
struct Rate {
  double fraction = 0;

  constexpr auto operator<=>(const Rate&) const = default;
  [[nodiscard]] constexpr double ppm() const { return fraction * 1e6; }
  friend constexpr Rate operator+(Rate a, Rate b) { return {a.fraction + b.fraction}; }
  friend constexpr Rate operator-(Rate a, Rate b) { return {a.fraction - b.fraction}; }
  friend constexpr Rate operator-(Rate a) { return {-a.fraction}; }
  friend constexpr Rate operator*(Rate a, double k) { return {a.fraction * k}; }
  // Time gained over `since`.
  friend constexpr Nanos operator*(Rate rate, Nanos since) {
    return to_nanos(rate.fraction * to_seconds(since));
  }
};
constexpr Rate ppm(double value) { return {value * 1e-6}; }
constexpr Rate operator""_ppm(long double value) { return {static_cast<double>(value) * 1e-6}; }
constexpr Rate abs(Rate rate) { return {rate.fraction < 0 ? -rate.fraction : rate.fraction}; }

}  // namespace ntp
