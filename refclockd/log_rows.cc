// See log_rows.h.
#include "refclockd/log_rows.h"

#include <fmt/format.h>

#include "common/os/log_file.h"

namespace ntp::refclockd {
namespace {

char letter(Leap leap) {
  switch (leap) {
    case Leap::none: return 'N';
    case Leap::insert: return '+';
    case Leap::remove: return '-';
    case Leap::unsynchronised: return '?';
  }
  return '?';
}

std::string name_of(std::uint32_t refid) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto octet = static_cast<char>(refid >> shift);
    if (octet != 0) name.push_back(octet);
  }
  return name;
}

std::string start_of(SystemTime when, std::uint32_t refid) {
  const Nanos fraction = when.since_zero % Nanos{1s};
  return fmt::format("{}.{:06} {:<5}", log_time(when), fraction / 1us, name_of(refid));
}

// What the reference shows minus our clock; of a pulse the part below its interval.
double offset_of(UtcTime shown, SystemTime when, Nanos pulse_interval) {
  Nanos offset = shown.since_zero - when.since_zero;
  if (pulse_interval > Nanos{0}) {
    offset %= pulse_interval;
    if (offset > pulse_interval / 2) offset -= pulse_interval;
    if (offset < -pulse_interval / 2) offset += pulse_interval;
  }
  return to_seconds(offset);
}

}  // namespace

std::string look_row(const Clock& clock, const Look& look, SystemTime when) {
  const Nanos pulses = is_pulse(clock, look) ? pulse_interval(clock.settings) : Nanos{0};
  const Nanos unnumbered = clock.last_is_complete ? Nanos{0} : pulses;
  return fmt::format("{} {:3} {} {} {:13.6e} {:13.6e} {:10.3e}", start_of(when, clock.refid),
                     clock.looks_since_sample, letter(look.leap), is_pulse(clock, look) ? 1 : 0,
                     offset_of(look.utc, when, pulses),
                     offset_of(clock.last->utc, when, unnumbered),
                     to_seconds(precision_of(clock.settings)));
}

std::string sample_row(const ReferenceSample& sample, SystemTime when) {
  return fmt::format("{}   - {} -       -       {:13.6e} {:10.3e}",
                     start_of(when, sample.reference_id), letter(sample.leap),
                     offset_of(sample.utc, when, sample.pulse_interval),
                     to_seconds(sample.dispersion));
}

}  // namespace ntp::refclockd
