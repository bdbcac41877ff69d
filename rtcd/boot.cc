// Trust, most first: a synchronised clock, a hardware clock in its sane window, the saved time,
// a system clock that is at least possible. The saved time is a floor under all of them.
#include "rtcd/boot.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ntp::rtcd {
namespace {

constexpr Nanos least_change = 1s;             // chronyd -s: smaller differences are left alone
constexpr Nanos least_corrected_change = 5ms;  // with a measured drift we know that much
// The saved time is up to 11 minutes old when power fails and a clock may be set back a little
// by its own error; a hardware clock this little before it is no contradiction.
constexpr Nanos leeway = 2s;

std::string date_of(Nanos since_1970) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(since_1970) / 1s;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(seconds));
}

std::string in_words(RtcDoubt reason) {
  switch (reason) {
    case RtcDoubt::none: return "";
    case RtcDoubt::low_battery: return "its battery is low";
    case RtcDoubt::too_old: return "that is before 2025";
    case RtcDoubt::before_saved: return "that is before the last saved time";
    case RtcDoubt::too_far: return "that is too far ahead";
  }
  return "";
}

UtcTime floor_of(const BootFacts& facts) {
  return std::max(least_time, facts.saved.value_or(least_time));
}

Nanos most_ahead(std::optional<UtcTime> saved) {
  return saved ? saved->since_zero + longest_absence : least_time.since_zero + longest_shelf_life;
}

// Where the clock must never be found.
bool is_hopeless(const BootFacts& facts) {
  const Nanos system = facts.system.since_zero;
  return system < floor_of(facts).since_zero - leeway || system > most_ahead(facts.saved);
}

// The hardware clock's word for now, with its drift taken out.
UtcTime now_by_rtc(const BootFacts& facts) {
  const RtcReading& rtc = *facts.rtc;
  const UtcTime then = facts.line ? facts.line->corrected(rtc.shown) : rtc.shown;
  return std::max(then + (facts.system - rtc.system), floor_of(facts));
}

BootDecision set_to(Guess guess, const BootFacts& facts, UtcTime target, std::string_view source) {
  const Nanos advance = target.since_zero - facts.system.since_zero;
  return {.guess = guess,
          .advance = advance,
          .why = fmt::format("System clock set from {} to {} UTC, {:+.3f} seconds", source,
                             date_of(target.since_zero), to_seconds(advance))};
}

// A believable hardware clock: whether it knows better than the system clock does.
BootDecision decide_by_rtc(const BootFacts& facts) {
  const UtcTime target = now_by_rtc(facts);
  const Nanos advance = std::chrono::abs(target.since_zero - facts.system.since_zero);
  const std::string_view source = facts.line ? "the RTC and its measured drift" : "the RTC";
  const bool may = facts.always || (facts.is_first_of_boot && facts.line);
  const Nanos threshold =
      facts.line ? least_corrected_change + facts.rtc->uncertainty : least_change;
  if (is_hopeless(facts) || (may && advance >= threshold)) {
    return set_to(Guess::from_rtc, facts, target, source);
  }
  return {};
}

}  // namespace

RtcDoubt doubt(const RtcReading& reading, std::optional<UtcTime> saved) {
  if (reading.low_battery) return RtcDoubt::low_battery;
  if (reading.shown < least_time) return RtcDoubt::too_old;
  if (saved && reading.shown < *saved - leeway) return RtcDoubt::before_saved;
  if (reading.shown.since_zero > most_ahead(saved)) return RtcDoubt::too_far;
  return RtcDoubt::none;
}

BootDecision decide(const BootFacts& facts) {
  if (facts.is_synchronised) return {};
  RtcDoubt reason = RtcDoubt::none;
  if (facts.rtc) {
    RtcReading corrected = *facts.rtc;
    if (facts.line) corrected.shown = facts.line->corrected(corrected.shown);
    reason = doubt(corrected, facts.saved);
    if (reason == RtcDoubt::none) return decide_by_rtc(facts);
  }
  std::string refused;
  if (reason != RtcDoubt::none) {
    refused = fmt::format("RTC shows {} UTC: refused, {}", date_of(facts.rtc->shown.since_zero),
                          in_words(reason));
  }
  if (!is_hopeless(facts)) return {Guess::leave, Nanos{0}, refused, reason};
  BootDecision decision =
      set_to(Guess::from_saved, facts, floor_of(facts),
             facts.saved ? "the last saved time" : "the earliest possible time");
  decision.refused = reason;
  if (!refused.empty()) decision.why = refused + "; " + decision.why;
  return decision;
}

}  // namespace ntp::rtcd
