// See continuity.h.
#include "ntpd-net/continuity.h"

#include <utility>

#include "common/os/wakefulness.h"

namespace ntp {
namespace {

// Shorter sleeps do not exist; MONOTONIC and BOOTTIME are read one after the other, so that their
// difference itself is noise of microseconds.
constexpr Nanos least_sleep = 1ms;

}  // namespace

Continuity Continuity::open() {
  Continuity continuity;
  continuity.step_ = open_step_notice();
  continuity.clocksource_ = open_clocksource();
  continuity.name_ = continuity.read_clocksource();
  continuity.asleep_ = time_asleep();
  return continuity;
}

bool Continuity::take_step() { return step_.is_open() && take_step_notice(step_.number()); }

Break Continuity::check(MonotonicTime now) {
  if (asleep_) {
    const auto asleep = time_asleep();
    if (asleep && *asleep - std::exchange(*asleep_, *asleep) > least_sleep) return Break::suspended;
  }
  if (clocksource_.is_open() && now >= name_due_) {
    name_due_ = now + source_interval;
    const Name name = read_clocksource();
    if (name != std::exchange(name_, name)) return Break::other_clocksource;
  }
  return Break::none;
}

Continuity::Name Continuity::read_clocksource() const {
  Name name{};
  if (clocksource_.is_open())
    (void)ntp::read_clocksource(clocksource_.number(), std::as_writable_bytes(std::span{name}));
  return name;
}

}  // namespace ntp
