// Choice of the kernel's time constant and of the offset.
//
// Haste: at tc = 0 the kernel takes a quarter a second, so 50 ms need 14 s to become 1 ms.
// Before the clock was ever right, up to four times the error is ordered and looked at again
// after a second: all of it goes in that second. If clockd dies in between, the slew ends on the
// other side; so no order goes further beyond than the error was when haste began.
#include "clockd/steer.h"

#include <algorithm>
#include <cmath>

namespace ntp::clockd {

namespace {

constexpr double longest_calm = 1024;     // s; 512: 1.4 % less error, 8 % more of rate
constexpr double certain_deviations = 4;  // an error beyond so many is not noise
// What may be noise need not go slower. Without: the world `lan` has a third more error from 300 to
// 1000 s.
constexpr double calm_slew = 0.3e-6;
constexpr double most_hurry = 16;  // after a gap of hours a minute is nothing; rate error is
constexpr int haste = 4;
constexpr Nanos least_haste{1us};  // below it, or within the deviation, the slow way is good enough
constexpr Nanos second{1s};
// An idle kernel plays shares late and longer: of a second to go it went 30 ms too far.
constexpr Nanos rough_slew{5ms}, rough_time{8s};
// More than one order asks for: the allowance for speed goes by the square and would turn it round.
constexpr Nanos most_allowed_for = 2 * most_kernel_offset;
constexpr double least_doubt = 1e-6;                   // s; of readings and rates
constexpr Nanos best_look{400ms}, latest_look{850ms};  // after a second began

Nanos start_of_second(SystemTime at) {
  return std::chrono::floor<std::chrono::seconds>(at.since_zero);
}

// What the samples' rate and the error's certainty ask for: s.
double wanted_time_constant(const EstimateRecord& record, Nanos wanted, double ratio) {
  const double deviation = std::max(to_seconds(record.tracking_deviation), 1e-9);
  const double size = std::abs(to_seconds(wanted)), z = size / (certain_deviations * deviation);
  const double slow = z > 1 ? 0 : std::min(to_seconds(record.time_scale), size / calm_slew);
  const double calm = std::min(std::max(to_seconds(record.sample_interval), slow), longest_calm);
  return std::max(1.0, calm / std::clamp(z, 1.0, most_hurry) * ratio);
}

// tau = 4 * 2^tc s, the nearest in ratio.
int to_kernel_constant(double tau) {
  return static_cast<int>(
      std::clamp(std::round(std::log2(tau / 4)), 0.0, double{most_time_constant}));
}

// A share is played for one second of REALTIME, which the share itself makes shorter or longer:
// of an offset x the clock gets x - x^2 * share / (2 - share). That curvature, s ...
double bend(double size, double share) { return size * size * share / (2 - share); }

// ... and the base rate does the same.
Nanos allow_for_speed(Nanos wanted, int time_constant, Rate rate) {
  const double gain = to_seconds(wanted) + bend(to_seconds(wanted), slew_share(time_constant));
  return to_nanos(gain * (1 + rate.fraction));
}

// The largest offset whose first second stays within the slew limit.
Nanos most_offset(int time_constant, const Policy& policy) {
  return std::min(to_nanos(policy.most_slew_rate.fraction / slew_share(time_constant)),
                  most_kernel_offset);
}

// One second begins before the next look, or two when a look is due late in a second.
bool passes_two_seconds(SystemTime now) {
  return now.since_zero - start_of_second(now) > latest_look;
}

// The next look: well inside a second, so that it is sure how many shares begin until then.
Nanos next_look(SystemTime now) {
  const Nanos into = now.since_zero - start_of_second(now);
  return std::max((passes_two_seconds(now) ? 2 * second : second) + best_look - into,
                  least_order_gap);
}

Nanos in_haste(Nanos wanted, Nanos first_error, SystemTime now) {
  // Four times a century is more than Nanos hold.
  const Nanos size = std::min(std::chrono::abs(wanted), most_allowed_for);
  const Nanos most =
      std::min((passes_two_seconds(now) ? haste / 2 : haste) * size, size + first_error);
  return wanted < Nanos{0} ? -most : most;
}

}  // namespace

Nanos error_of(const Estimate& line, const Reading& now) {
  return now.system.since_zero - line.at(now.raw).since_zero;
}

// As seen: what left the pending offset less what the clock gained. Where the kernel's seconds
// begin with REALTIME's, as they should, the time of day tells it better: sight takes a slewed
// second for a whole one, and its errors would add up.
Nanos Playing::to_come(const Reading& now, Nanos pending) const {
  const double share = slew_share(order.time_constant);
  const double given = to_seconds(order.offset), rest = to_seconds(pending);
  const double rate = from_kernel_rate(to_kernel_rate(order.rate)).fraction;
  const double gone = to_seconds(now.raw - at.raw);
  const double gained = to_seconds(now.system - at.system - (now.raw - at.raw)) - gone * rate;
  const double left = to_seconds(before), seen = left + given - rest - gained;

  const Nanos began = start_of_second(now.system);
  const auto seconds = (began - start_of_second(at.system)) / second;
  const double running = given * share * std::pow(1 - share, static_cast<double>(seconds - 1));
  const double by_time = running / (1 + running) * (1 - to_seconds(now.system.since_zero - began));
  const double strange = seen - bend(given, share) + bend(rest, share) - by_time;
  const double doubt = 4 * std::pow(std::abs(given * share), 3) + least_doubt;
  if (seconds > 0 && std::abs(strange) < doubt) return to_nanos(by_time);
  const double most = pending == order.offset ? left : rest * share / (1 - share);
  return to_nanos(std::clamp(seen, std::min(most, 0.0), std::max(most, 0.0)));
}

Order steer(const EstimateRecord& record, const Reading& now, const Policy& policy,
            const Playing& playing, Nanos pending, bool is_hasty) {
  const Nanos error = error_of(record.line, now);
  const Nanos to_come = playing.to_come(now, pending);
  const Nanos wanted = -error - to_come;
  const int time_constant =
      to_kernel_constant(wanted_time_constant(record, wanted, policy.correction_ratio));
  const bool hurries = is_hasty && time_constant == 0 &&
                       std::chrono::abs(wanted) > std::max(least_haste, record.tracking_deviation);
  const Nanos limit = most_offset(time_constant, policy);
  const Nanos first_error =
      hurries ? std::max(playing.first_error, std::chrono::abs(error)) : playing.first_error;
  const Nanos near = std::clamp(hurries ? in_haste(wanted, first_error, now.system) : wanted,
                                -most_allowed_for, most_allowed_for);
  const Nanos asked = allow_for_speed(near, time_constant, record.line.rate);
  const Nanos offset = std::clamp(asked, -limit, limit);
  return {
      .adjustment = {.rate = record.line.rate,
                     .offset = offset,
                     .time_constant = time_constant,
                     .worst_error = record.line.bound_at(now.raw) + std::chrono::abs(error),
                     .likely_error = record.line.deviation,
                     .is_synchronised = policy.may_write_rtc},
      .again = hurries                                 ? next_look(now.system)
               : offset != asked                       ? least_order_gap
               : std::chrono::abs(wanted) > rough_slew ? rough_time
                                                       : Nanos{0},
      .before = to_come,
      .first_error = first_error,
  };
}

Order hold_over(Rate rate) {
  return {
      .adjustment = {.rate = rate,
                     .worst_error = most_kernel_error,
                     .likely_error = most_kernel_error},
  };
}

}  // namespace ntp::clockd
