// No update interrupts: half of all hardware clocks lack them, and where the kernel makes them
// from alarms they come up to milliseconds late. Looking needs no more than the time: once a
// millisecond until the second changes, then every 50 us around the next change.
#include "rtcd/rtc.h"

namespace ntp::rtcd {
namespace {

constexpr Nanos look_every = 1ms;
constexpr Nanos longest_second = 1200ms;
constexpr Nanos look_closely_every = 50us;
constexpr Nanos close_margin = 3ms;  // before the tick that is expected
constexpr Nanos good_enough = 50ms;  // after a write: the chip did what was meant

// Lets the time pass until the system clock is `phase` into a second; that second.
UtcTime wait_for_phase(RtcDevice& device, Clocks& clocks, Nanos phase) {
  const Nanos now = clocks.read().system.since_zero;
  const Nanos into = now % Nanos{1s};
  const Nanos second = now - into + (into <= phase ? Nanos{0} : Nanos{1s});
  device.pause(second + phase - now);
  return UtcTime{second};
}

// The next tick, which falls between two looks.
Result<RtcReading> watch_for_tick(RtcDevice& device, Clocks& clocks, Nanos every, Nanos most) {
  const UtcTime first = NTP_TRY(device.read());
  Reading before = clocks.read();
  const RawTime start = before.raw;
  for (;;) {
    device.pause(every);
    const UtcTime shown = NTP_TRY(device.read());
    const Reading after = clocks.read();
    if (shown != first) {
      const Nanos window = after.raw - before.raw;
      return RtcReading{.shown = shown,
                        .system = after.system - window / 2,
                        .uncertainty = window / 2,
                        .low_battery = device.is_battery_low()};
    }
    if (after.raw - start > most) return failure("the RTC does not tick");
    before = after;
  }
}

Result<RtcReading> set_once(RtcDevice& device, Clocks& clocks, Nanos phase) {
  const UtcTime second = wait_for_phase(device, clocks, phase);
  NTP_TRY(device.set(second));
  return find_tick(device, clocks);
}

Nanos error_of(const RtcReading& reading) {
  return reading.shown.since_zero - reading.system.since_zero;
}

// A chip whose tick no write moves: all that can be had is the nearest second. Just after a tick,
// so that the write falls into the second that was read.
Result<RtcReading> move_whole_seconds(RtcDevice& device, Clocks& clocks,
                                      const RtcReading& reading) {
  const auto by = std::chrono::round<std::chrono::seconds>(error_of(reading));
  if (by == 0s) return reading;
  NTP_TRY(device.set(reading.shown - by));
  return find_tick(device, clocks);
}

}  // namespace

Result<RtcReading> find_tick(RtcDevice& device, Clocks& clocks) {
  const RtcReading rough = NTP_TRY(watch_for_tick(device, clocks, look_every, longest_second));
  const Nanos since = clocks.read().system - rough.system;
  device.pause(std::max(Nanos{1s} - close_margin - since, Nanos{0}));
  const auto close = watch_for_tick(device, clocks, look_closely_every, 4 * close_margin);
  return close.value_or(rough);  // who slept over the tick still has the first one
}

Result<RtcSet> set_rtc(RtcDevice& device, Clocks& clocks, Nanos phase) {
  RtcSet set{.after = NTP_TRY(set_once(device, clocks, phase)), .phase = phase};
  if (std::chrono::abs(error_of(set.after)) <= good_enough) return set;
  const Nanos other = phase == usual_phase ? Nanos{0} : usual_phase;
  set.after = NTP_TRY(set_once(device, clocks, other));
  if (std::chrono::abs(error_of(set.after)) <= good_enough) {
    set.phase = other;
    return set;
  }
  set.after = NTP_TRY(move_whole_seconds(device, clocks, set.after));
  return set;
}

}  // namespace ntp::rtcd
