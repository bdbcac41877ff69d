// See served_time.h.
#include "ntpd-net/served_time.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/wire/refid.h"
#include "ntpd-net/keeping.h"

namespace ntp {
namespace {

constexpr Nanos served_interval = 1024s;     // every estimate refreshes the page anyway
constexpr Nanos served_interval_local = 8s;  // `local` may begin or end
constexpr Nanos smoothing_interval = 1s;     // the page holds a line, smoothing is a parabola
constexpr Nanos least_smoothing{1};          // served minus true that is no smoothing any more
constexpr Nanos longest_look = 1h;           // to the next look for a leap second
constexpr Nanos leap_settles = 6s;           // then clockd believes records again

bool is_smoothing(const Daemon& daemon, RawTime now) {
  return daemon.smoothing && std::chrono::abs(daemon.smoothing->offset_at(now)) > least_smoothing;
}

Nanos refresh_interval(const Daemon& daemon, RawTime now) {
  if (is_smoothing(daemon, now)) return smoothing_interval;
  return daemon.local.settings.enabled ? served_interval_local : served_interval;
}

Leap vote_of(const Daemon& daemon) {
  return daemon.reference.combined ? daemon.reference.combined->leap : Leap::unsynchronised;
}

std::optional<NextLeap> next_leap(const Daemon& daemon, RawTime now) {
  if (!daemon.reference.combined || daemon.leaps.is_ignored()) return std::nullopt;
  return daemon.leaps.today(daemon.reference.combined->line.at(now), vote_of(daemon));
}

std::optional<NextLeap> due_leap(Daemon& daemon, RawTime now) {
  if (!daemon.reference.combined || daemon.leaps.is_ignored()) return std::nullopt;
  return daemon.leaps.look(daemon.reference.combined->line.at(now), vote_of(daemon));
}

// The raw time at which the line, which is all but straight, reaches `moment`.
RawTime raw_at(const Estimate& line, UtcTime moment, RawTime now) {
  const Nanos ahead = moment - line.at(now);
  return now + to_nanos(to_seconds(ahead) / (1 + line.rate.fraction));
}

void add_leap(ServedState& state, const Daemon& daemon, RawTime now) {
  if (state.from_system_clock || state.leap == Leap::unsynchronised) return;
  if (daemon.smoothing && daemon.smoothing->is_active()) {  // who smears announces nothing
    state.leap = Leap::none;
    return;
  }
  state.leap = daemon.leaps.indicator(state.line.at(now), vote_of(daemon));
  const auto leap = next_leap(daemon, now);
  if (!leap) return;
  state.leap_at = raw_at(state.line, leap->moment(), now);
  state.leap_jump = leap->jump();
}

void add_smoothing(ServedState& state, const Daemon& daemon, RawTime now) {
  if (state.from_system_clock || !is_smoothing(daemon, now)) return;
  const UtcTime smoothed = state.line.at(now) + daemon.smoothing->offset_at(now);
  state.reference += daemon.smoothing->offset_at(now);
  state.line.anchor = now;
  state.line.utc = smoothed;
  state.line.rate = state.line.rate + daemon.smoothing->rate_at(now);
  state.refid = refid_smooth;
}

void pass_leap(Daemon& daemon, const NextLeap& leap, RawTime now) {
  log_info("Leap second {}", leap.change > 0 ? "inserted" : "removed");
  daemon.leaps.note_passed(leap);
  daemon.ensemble.leap(leap.jump());
  forget_kept(daemon);
  daemon.manual.leap(leap.jump());
  daemon.reference.combined->line.utc += leap.jump();
  if (daemon.smoothing) daemon.smoothing->absorb(leap.jump(), now);
  daemon.changed = true;
}

}  // namespace

ServedState state_to_serve(const Daemon& daemon, const Reading& pair) {
  ServedState state =
      to_served(daemon.reference, daemon.local, daemon.settings.selection.maxdistance, pair.raw,
                UtcTime{pair.system.since_zero}, daemon.stamping.rate(), -24);
  add_leap(state, daemon, pair.raw);
  add_smoothing(state, daemon, pair.raw);
  return state;
}

void refresh_served(Daemon& daemon) {
  if (daemon.passage.served.get() == nullptr) return;
  const Reading pair = daemon.clocks.read();
  daemon.served_due.arm(daemon.clocks.monotonic_now() + refresh_interval(daemon, pair.raw));
  write_served(daemon.passage.served->state, state_to_serve(daemon, pair));
}

void mind_leaps(Daemon& daemon) {
  const Now now = look_at_clocks(daemon);
  if (daemon.leap_due.is_due(now.monotonic) && std::exchange(daemon.is_leap_fresh, false))
    daemon.changed = true;  // clockd refused the first word after the leap
  if (const auto due = due_leap(daemon, now.raw)) {
    pass_leap(daemon, *due, now.raw);
    daemon.is_leap_fresh = true;
    daemon.leap_due.arm(now.monotonic + leap_settles);
    return;
  }
  if (daemon.is_leap_fresh) return;
  Nanos wait = longest_look;
  if (const auto leap = next_leap(daemon, now.raw))
    wait =
        std::min(wait, raw_at(daemon.reference.combined->line, leap->moment(), now.raw) - now.raw);
  daemon.leap_due.arm(now.monotonic + std::max(wait, Nanos{1ms}));
}

bool is_near_leap(const Daemon& daemon, UtcTime time) {
  return daemon.leaps.is_near(time, vote_of(daemon));
}

void smooth_update(Daemon& daemon, const std::optional<Combined>& before, RawTime now) {
  if (!daemon.smoothing || !daemon.reference.combined) return;
  const Combined& after = *daemon.reference.combined;
  daemon.smoothing->consider(after.skew, now);
  if (!before || daemon.smoothing->is_leap_only()) return;
  daemon.smoothing->absorb(after.line.at(now) - before->line.at(now), now);
}

control::Status switch_smoothing(Daemon& daemon, const control::Option& option) {
  constexpr int reset = 0, activate = 1;
  if (!daemon.smoothing) return control::Status::not_enabled;
  const RawTime now = daemon.clocks.raw_now();
  switch (option.option) {
    case reset: daemon.smoothing->reset(now); break;
    case activate: daemon.smoothing->activate(now); break;
    default: return control::Status::invalid;
  }
  refresh_served(daemon);
  return control::Status::success;
}

std::optional<control::Smoothing> report_smoothing(Daemon& daemon) {
  if (!daemon.smoothing) return std::nullopt;
  const RawTime now = daemon.clocks.raw_now();
  const Smoothing& smoothing = *daemon.smoothing;
  constexpr std::uint32_t active = 1, leap_only = 2;
  return control::Smoothing{
      .flags = (smoothing.is_active() ? active : 0) | (smoothing.is_leap_only() ? leap_only : 0),
      .offset = Seconds{to_seconds(smoothing.offset_at(now))},
      .frequency = smoothing.rate_at(now),
      .wander = Rate{smoothing.wander_at(now)},
      .last_update_ago = Seconds{to_seconds(now - smoothing.changed())},
      .remaining = Seconds{to_seconds(smoothing.remaining(now))}};
}

}  // namespace ntp
