// struct timex in and out. The kernel takes status, unit, frequency, errors, constant and
// offset of one call in that order, so one call changes all or nothing.
#include "common/os/kernel_clock.h"

#include <sys/timex.h>

#include <algorithm>
#include <cmath>

#include "common/base/ensure.h"

namespace ntp {

namespace {

constexpr std::int64_t nominal_tick = 10000;  // us per 1/100 s
constexpr double tick_ppm = 100;              // one unit of tick
constexpr double most_frequency_ppm = 500;    // MAXFREQ
constexpr double frequency_unit_ppm = 1.0 / 65536;

long to_micros(Nanos error) {
  const Nanos held = std::clamp(error, Nanos{0}, most_kernel_error);
  return std::chrono::ceil<std::chrono::microseconds>(held).count();
}

int to_status(const KernelAdjustment& adjustment) {
  int status = STA_PLL | STA_FREQHOLD;
  if (!adjustment.is_synchronised) status |= STA_UNSYNC;
  if (adjustment.leap == Leap::insert) status |= STA_INS;
  if (adjustment.leap == Leap::remove) status |= STA_DEL;
  return status;
}

KernelState to_state(const timex& from) {
  const auto unit = (from.status & STA_NANO) != 0 ? 1 : 1000;
  return {
      .rate = {from.tick, from.freq},
      .offset_left = Nanos{from.offset * unit},
      .time_constant = static_cast<int>(from.constant),
      .is_synchronised = (from.status & STA_UNSYNC) == 0,
      .is_phase_locked = (from.status & STA_PLL) != 0,
      .leap = (from.status & STA_INS) != 0   ? Leap::insert
              : (from.status & STA_DEL) != 0 ? Leap::remove
                                             : Leap::none,
      .tai = from.tai,
  };
}

Result<KernelState> call(timex& wish, const char* doing) {
  if (clock_adjtime(CLOCK_REALTIME, &wish) < 0) return system_failure(doing);
  return to_state(wish);
}

}  // namespace

KernelRate to_kernel_rate(Rate rate) {
  const double wanted = std::clamp(rate.ppm(), -most_kernel_rate.ppm(), most_kernel_rate.ppm());
  const auto ticks = std::abs(wanted) <= most_frequency_ppm ? 0 : std::llround(wanted / tick_ppm);
  return {nominal_tick + ticks,
          std::llround((wanted - static_cast<double>(ticks) * tick_ppm) / frequency_unit_ppm)};
}

Rate from_kernel_rate(KernelRate rate) {
  return ppm(static_cast<double>(rate.tick - nominal_tick) * tick_ppm +
             static_cast<double>(rate.freq) * frequency_unit_ppm);
}

Result<KernelState> KernelClock::read() const {
  timex nothing{};
  return call(nothing, "read the kernel's clock");
}

Result<KernelState> KernelClock::adjust(const KernelAdjustment& adjustment) const {
  ENSURE(std::chrono::abs(adjustment.offset) <= most_kernel_offset);
  ENSURE(adjustment.time_constant >= 0 && adjustment.time_constant <= most_time_constant);
  const KernelRate rate = to_kernel_rate(adjustment.rate);
  timex wish{};
  wish.modes = ADJ_STATUS | ADJ_NANO | ADJ_FREQUENCY | ADJ_TICK | ADJ_MAXERROR | ADJ_ESTERROR |
               ADJ_TIMECONST | ADJ_OFFSET;
  wish.status = to_status(adjustment);
  wish.freq = rate.freq;
  wish.tick = rate.tick;
  wish.maxerror = to_micros(adjustment.worst_error);
  wish.esterror = to_micros(adjustment.likely_error);
  wish.constant = adjustment.time_constant;
  wish.offset = adjustment.offset.count();
  NTP_TRY(call(wish, "adjust the clock"));
  const auto held = NTP_TRY(read());
  if (held.rate != rate || held.time_constant != adjustment.time_constant) {
    return failure(
        "the kernel does not hold the rate that it was given; does another program steer the "
        "clock?");
  }
  return held;
}

Result<void> KernelClock::step(Nanos advance) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(advance);
  timex wish{};
  wish.modes = ADJ_SETOFFSET | ADJ_NANO;
  wish.time.tv_sec = seconds.count();
  wish.time.tv_usec = (advance - seconds).count();  // nanoseconds, by ADJ_NANO
  NTP_TRY(call(wish, "step the clock"));
  return {};
}

Result<void> KernelClock::set_tai(int seconds) const {
  timex wish{};
  wish.modes = ADJ_TAI;
  wish.constant = seconds;
  NTP_TRY(call(wish, "set the TAI offset"));
  return {};
}

Result<void> KernelClock::slew_once(Nanos advance) const {
  timex wish{};
  wish.modes = ADJ_OFFSET_SINGLESHOT;
  wish.offset = advance.count() / 1000;
  NTP_TRY(call(wish, "slew the clock"));
  return {};
}

}  // namespace ntp
