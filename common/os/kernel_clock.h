// The one caller of clock_adjtime(2): reads and sets CLOCK_REALTIME's rate, slew, error bounds,
// leap flag and TAI offset, and steps it. Policy - whether and how much - belongs to clockd,
// rtcd and ntpdate; reading the time is system_clocks.h.
//
// Slews are the kernel's own phase loop with its frequency held (STA_PLL | STA_FREQHOLD): each
// second it takes 1/2^(2+tc) of what is left, an exponential that ends by itself. Whoever
// set it may die at any instant: what stays is the base rate and a slew that fades.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/result.h"
#include "common/time/estimate.h"
#include "common/time/instants.h"

namespace ntp {

inline constexpr Nanos most_kernel_offset{500'000'000};  // MAXPHASE: larger slews go in pieces
inline constexpr int most_time_constant = 10;            // MAXTC
inline constexpr Rate most_kernel_rate{0.1};             // tick 9000..11000
inline constexpr Nanos most_kernel_error{16s};           // beyond it the kernel says unsynchronised

// The share of a pending offset that the kernel removes in each second.
[[nodiscard]] constexpr double slew_share(int time_constant) { return 0.25 / (1 << time_constant); }

// `tick` (us per 1/100 s) and `freq` (2^-16 ppm) as the kernel takes them.
struct KernelRate {
  std::int64_t tick = 10000;
  std::int64_t freq = 0;
  constexpr bool operator==(const KernelRate&) const = default;
};
// The nearest rate that the kernel can hold: 2^-16 ppm, by frequency alone within 500 ppm.
[[nodiscard]] KernelRate to_kernel_rate(Rate rate);
[[nodiscard]] Rate from_kernel_rate(KernelRate rate);

struct KernelAdjustment {
  Rate rate{};                   // REALTIME against raw, without the slew
  Nanos offset{0};               // to advance by, slewed; |offset| <= most_kernel_offset
  int time_constant = 0;         // 0..10
  Nanos worst_error{0};          // maxerror
  Nanos likely_error{0};         // esterror
  bool is_synchronised = false;  // else STA_UNSYNC
  Leap leap = Leap::none;        // insert or remove at the end of this UTC day
};

struct KernelState {
  KernelRate rate{};
  Nanos offset_left{0};  // still to be slewed
  int time_constant = 0;
  bool is_synchronised = false;
  bool is_phase_locked = false;  // STA_PLL: somebody steers
  Leap leap = Leap::none;
  int tai = 0;  // TAI - UTC, s; 0 = unset
};

class KernelClock {
 public:
  // Needs no privilege.
  [[nodiscard]] Result<KernelState> read() const;
  // Reads back and compares: a kernel that holds another rate than it was told is an error.
  // REQUIRES: CAP_SYS_TIME.
  [[nodiscard]] Result<KernelState> adjust(const KernelAdjustment& adjustment) const;
  // Advances REALTIME at once; negative goes back. Ends a slew, keeps the rate.
  [[nodiscard]] Result<void> step(Nanos advance) const;
  [[nodiscard]] Result<void> set_tai(int seconds) const;
  // A slew by adjtime(3)'s rule, 500 ppm: for one-shot programs.
  [[nodiscard]] Result<void> slew_once(Nanos advance) const;
};

}  // namespace ntp
