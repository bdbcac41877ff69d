// Arithmetic of the band. REQUIRES everywhere: times checked by the judge, so that nothing
// here can overflow.
#include "clockd/corridor.h"

#include <algorithm>

namespace ntp::clockd {

namespace {

Nanos widened(Nanos since, Rate growth) { return std::min(growth * since, most_corridor); }

}  // namespace

Nanos Corridor::place_of(const Estimate& line, RawTime now) const {
  const Nanos since = now - pinned;
  return line.at(now) - (utc + since + rate * since);
}

bool Corridor::holds(Nanos where, RawTime now, Rate growth) const {
  const Nanos extra = widened(now - seen, growth);
  return where >= low - extra && where <= high + extra;
}

Nanos Corridor::room(RawTime now, Rate growth) const {
  return std::min(place - low, high - place) + widened(now - seen, growth);
}

void Corridor::follow(Nanos where, RawTime now, Rate growth) {
  const Nanos extra = widened(now - seen, growth);
  low = std::max(low - extra, where - corridor_half_width);
  high = std::min(high + extra, where + corridor_half_width);
  place = where;
  seen = now;
}

void Corridor::sleep(Nanos slept) {
  const Nanos doubt = std::min(sleep_grace + sleep_drift * slept, most_corridor);
  utc += slept;
  low -= doubt;
  high += doubt;
}

void Corridor::leap(int seconds) {
  utc = utc - std::chrono::seconds{seconds};
  low = std::max(low, place - leap_corridor);
  high = std::min(high, place + leap_corridor);
}

Corridor pin_corridor(const Estimate& line, Rate rate, RawTime now) {
  return {now, line.at(now), rate, now, Nanos{0}, -corridor_half_width, corridor_half_width};
}

}  // namespace ntp::clockd
