// See continuity.h.
#include "ntpd-net/continuity.h"

#include <cstring>
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

std::string Continuity::identity() const {
  std::string name{name_.data(), ::strnlen(name_.data(), name_.size())};
  std::erase_if(name, [](char c) { return c <= ' '; });
  // Rounded: two looks at the clocks differ by less, a sleep by more.
  const auto asleep = asleep_ ? (*asleep_ + least_sleep / 2) / (10 * least_sleep) : 0;
  return name + " " + std::to_string(asleep);
}

Continuity::Name Continuity::read_clocksource() const {
  Name name{};
  if (clocksource_.is_open())
    (void)ntp::read_clocksource(clocksource_.number(), std::as_writable_bytes(std::span{name}));
  return name;
}

}  // namespace ntp
