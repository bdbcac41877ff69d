// The loop and its four duties.
#include "clockd/daemon.h"

#include <algorithm>
#include <ctime>

#include "common/base/log.h"

namespace ntp::clockd {

namespace {

constexpr Nanos save_interval{600s};
constexpr Nanos longest_unseen{300s};  // rtcd believes no older look at the clock than ten minutes
constexpr Nanos wake_grain{1ms};       // ppoll sleeps on another clock: do not spin on the last ns
constexpr Nanos noticeable_sleep{10ms};
constexpr Nanos on_time{1ms};      // haste is over
constexpr Nanos habit{32s};        // somebody else's hand on the clock is noticed by then
constexpr Nanos worth_saying{1s};  // chrony's logchange

Nanos time_asleep() {
  timespec boot{}, awake{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_MONOTONIC, &awake);
  return std::chrono::seconds{boot.tv_sec - awake.tv_sec} + Nanos{boot.tv_nsec - awake.tv_nsec};
}

}  // namespace

Nanos patience(const EstimateRecord& record) {
  return std::max(least_silence, record.sample_interval * silent_intervals);
}

Nanos until_due(const Daemon& d, RawTime now) {
  Nanos left{-1};
  const auto consider = [&](RawTime due) {
    const Nanos wait = std::max(due - now, wake_grain);
    if (left < Nanos{0} || wait < left) left = wait;
  };
  if (d.again > RawTime{}) consider(d.again);
  if (d.obeyed)
    consider(std::min(d.obeyed_at + patience(*d.obeyed), d.status.read_at + longest_unseen));
  if (d.fallback_look > RawTime{}) consider(d.fallback_look);
  if (d.leap_look > RawTime{}) consider(d.leap_look);
  if (d.visitors.is_anyone_muted() || d.looked >= most_records_per_second) consider(d.second + 1s);
  if (d.with.run_for) consider(d.started + *d.with.run_for);
  return left;
}

namespace {

void save(Daemon& d, RawTime now) {
  d.saved = now;
  if (const auto saved = d.with.store.save(d.memory); !saved)
    log_warning("{}", saved.error().message);
}

Leap flag_now(Daemon& d, const Reading& now) {
  return d.memory.phase == Phase::open ? Leap::none : d.with.leaps.kernel_flag(now.system);
}

// The judge said yes.
Result<void> obey(Daemon& d, const EstimateRecord& record, const Verdict& verdict,
                  const Reading& now) {
  const Phase before = d.memory.phase;
  take(record, verdict, now.raw, d.with.policy, d.memory, d.session);
  d.with.fallback.learn(record.line.rate,
                        d.obeyed_at > RawTime{} ? now.raw - d.obeyed_at : Nanos{0});
  d.obeyed = record;
  d.obeyed_at = now.raw;
  d.fallback_look = {};
  d.ignored_changes = 0;
  d.is_news = true;
  ++d.status.accepted;
  d.status.last_accepted_sequence = record.sequence;
  d.status.state = ClockState::synchronised;
  if (std::chrono::abs(verdict.error) > worth_saying) {
    log_warning("System clock wrong by {:.6f} seconds", -to_seconds(verdict.error));
  }
  if (verdict.steps) NTP_TRY(step(d, -verdict.error, now.raw));
  if (before != d.memory.phase || verdict.steps || now.raw - d.saved > save_interval)
    save(d, now.raw);
  d.again = std::max(now.raw, d.ordered + least_order_gap);
  return {};
}

Result<void> refuse(Daemon& d, const EstimateRecord& record, const Verdict& verdict) {
  const Refusal refusal = *verdict.refusal;
  count(d, refusal);
  if (verdict.is_plausible) d.plausible = record;
  const bool is_first = d.status.state != ClockState::refused && !d.obeyed;
  const bool is_policy =
      refusal == Refusal::budget || refusal == Refusal::floor || refusal == Refusal::max_change;
  if (is_policy && (is_first || d.status.refusals[std::to_underlying(refusal)] == 1)) {
    log_warning(
        "System clock wrong by {:.6f} seconds, not corrected: {} (\"syncctl makestep\" overrides)",
        -to_seconds(verdict.error), name(refusal));
  }
  if (is_first) d.status.state = ClockState::refused;
  if (refusal == Refusal::max_change) {
    const int most = d.with.policy.maxchange->ignore;
    if (++d.ignored_changes > most && most >= 0)
      return failure("Adjustment exceeds maxchange too often, ending");
  }
  return {};
}

Result<void> look_at_ring(Daemon& d) {
  if (!d.ring || !d.ring->has_news()) return {};
  const Reading now = d.clocks.read();
  d.ring->skip_to_newest();
  const bool is_flood = d.looked++ >= most_records_per_second;
  const auto record = d.ring->latest();
  if (is_flood || !record) {
    count(d, is_flood ? Refusal::flood : Refusal::form);
    return {};
  }
  const Verdict verdict =
      judge(*record, now, d.with.policy, d.memory, d.session, d.with.leaps.is_near(now.system));
  if (verdict.refusal) return refuse(d, *record, verdict);
  return obey(d, *record, verdict, now);
}

// The longer the silence, the longer the average that is trusted.
Result<void> fall_back(Daemon& d, const Reading& now) {
  if (d.fallback_look == RawTime{} || now.raw < d.fallback_look) return {};
  const Nanos silence = now.raw - d.obeyed_at;
  const Nanos next = d.with.fallback.next_change(silence);
  d.fallback_look = next > Nanos{0} ? now.raw + next : RawTime{};
  const auto rate = d.with.fallback.after(silence);
  if (!rate || *rate == d.base) return {};
  log_info("Fallback drift of {:+.6f} ppm after {} seconds", -rate->ppm(), silence / 1s);
  return apply(d, hold_over(held_rate(*rate, d.memory)), now);
}

// Check 16: nobody speaks any more. A record that asks for days of patience is followed no further
// than its line stays where time may be.
Result<void> mind_silence(Daemon& d, const Reading& now) {
  if (!d.obeyed) return fall_back(d, now);
  const bool is_fresh = now.raw - d.obeyed_at < patience(*d.obeyed);
  if (is_fresh && is_in_corridor(d.obeyed->line, now.raw, d.memory)) return {};
  d.obeyed.reset();
  d.fallback_look = now.raw;
  d.status.state = ClockState::holdover;
  log_warning("No estimate for {} seconds: the clock runs on at its learnt rate, unsynchronised",
              (now.raw - d.obeyed_at) / 1s);
  save(d, now.raw);
  const Rate taught = d.memory.phase == Phase::locked ? d.memory.learnt : d.base;
  return apply(d, hold_over(held_rate(taught, d.memory)), now);
}

Result<void> steer_again(Daemon& d, const Reading& now) {
  if (d.again == RawTime{} || now.raw + wake_grain < d.again) return {};
  const bool waits = d.obeyed && d.with.leaps.is_imminent(now.system);
  d.again = waits ? now.raw + least_order_gap : RawTime{};
  if (!d.obeyed || waits) return {};
  const Nanos pending = NTP_TRY(d.kernel.read()).offset_left;
  const Order order = steer(*d.obeyed, now, d.with.policy, d.playing, pending, d.is_hasty);
  if (std::chrono::abs(error_of(d.obeyed->line, now)) < on_time) d.is_hasty = false;
  NTP_TRY(apply(d, order, now));
  // A dry run's error never shrinks: once a record is enough.
  if (!d.with.dry_run) d.again = now.raw + (order.again > Nanos{0} ? order.again : habit);
  return {};
}

// UTC's count jumps, and with it every line that has not heard of it: the next record comes only
// when the network side has measured again.
Result<void> pass_leap(Daemon& d, int change, RawTime now) {
  log_info("Leap second {}", change > 0 ? "inserted" : "removed");
  d.memory.corridor.leap(change);
  if (d.with.policy.leap_mode != LeapMode::ignore) {
    for (auto* const record : {&d.obeyed, &d.plausible})
      if (*record) (*record)->line.utc += Nanos{-1s} * change;
    if (d.with.tai != 0) d.with.tai += change;
  }
  if (const Nanos advance = d.with.leaps.step_for(change); advance != Nanos{0})
    NTP_TRY(step(d, advance, now));
  // The kernel counts TAI on only when it makes the leap itself.
  if (d.with.tai != 0 && d.with.policy.leap_mode != LeapMode::system && !d.with.dry_run)
    NTP_TRY(d.kernel.set_tai(d.with.tai));
  save(d, now);
  return {};
}

Result<void> mind_leaps(Daemon& d, const Reading& now) {
  if (d.leap_look > RawTime{} && now.raw < d.leap_look) return {};
  if (const auto change = d.with.leaps.pass(now.system); change && d.memory.phase != Phase::open)
    NTP_TRY(pass_leap(d, *change, now.raw));
  // Also sets and clears the kernel's flag, which travels with every order.
  if (d.obeyed) d.again = std::max(now.raw, d.ordered + least_order_gap);
  d.leap_look = now.raw + d.with.leaps.until_change(now.system);
  return {};
}

void mind_sleep(Daemon& d, RawTime now) {
  const Nanos slept = time_asleep() - d.asleep;
  if (slept < noticeable_sleep) return;
  d.asleep += slept;
  log_info("The machine slept for {:.1f} seconds", to_seconds(slept));
  if (d.memory.phase != Phase::open) d.memory.corridor.sleep(slept);
  d.session.not_before = now;
  d.obeyed.reset();
  d.status.state = ClockState::holdover;
}

Result<void> keep_time(Daemon& d) {
  const Reading now = d.clocks.read();
  if (now.raw - d.second >= 1s) {
    d.second = now.raw;
    d.looked = 0;
    d.visitors.begin_second();
  }
  NTP_TRY(mind_silence(d, now));
  NTP_TRY(mind_leaps(d, now));
  return steer_again(d, d.clocks.read());  // a leap may have stepped the clock
}

}  // namespace

Result<void> fulfil_duties(Daemon& d) {
  mind_sleep(d, d.clocks.raw_now());  // before a record from before it is believed
  NTP_TRY(look_at_ring(d));
  NTP_TRY(keep_time(d));
  const Reading now = d.clocks.read();
  if (d.is_news || (d.obeyed && now.raw - d.status.read_at >= longest_unseen)) show(d, now);
  return {};
}

Result<void> begin(Daemon& d) {
  const Reading now = d.clocks.read();
  const auto held = NTP_TRY(d.kernel.read());
  d.asleep = time_asleep();
  d.started = d.second = d.saved = now.raw;
  d.memory = d.with.store.load(now.raw);
  d.memory.floor = std::max(d.memory.floor, d.with.policy.floor);
  d.base = d.memory.lessons > 0 ? d.memory.learnt : from_kernel_rate(held.rate);
  d.status.dry_run = d.with.dry_run;
  d.status.steps = d.memory.steps;
  Order order = hold_over(d.base);
  if (held.is_phase_locked &&
      held.time_constant <= most_time_constant) {  // a dead predecessor's slew goes on
    order.adjustment.offset = std::clamp(held.offset_left, -most_kernel_offset, most_kernel_offset);
    order.adjustment.time_constant = held.time_constant;
  }
  NTP_TRY(apply(d, order, now));
  if (d.with.tai != 0 && d.with.tai != held.tai && !d.with.dry_run)
    NTP_TRY(d.kernel.set_tai(d.with.tai));
  show(d, d.clocks.read());
  return {};
}

// The kernel's own error bound grows from here until it says unsynchronised.
Result<void> leave(Daemon& d) {
  const Reading now = d.clocks.read();
  save(d, now.raw);
  d.status.state = ClockState::free_running;
  Order order = hold_over(d.base);
  if (d.obeyed) {
    order.adjustment.is_synchronised = d.with.policy.may_write_rtc;
    order.adjustment.worst_error =
        d.obeyed->line.bound_at(now.raw) + std::chrono::abs(error_of(d.obeyed->line, now));
    order.adjustment.likely_error = d.obeyed->line.deviation;
  }
  return apply(d, order, now);
}

void count(Daemon& d, Refusal refusal) {
  ++d.status.refusals[std::to_underlying(refusal)];
  d.is_news = true;
}

void show(Daemon& d, const Reading& now) {
  StatusRecord& status = d.status;
  status.read_at = now.raw;
  if (d.obeyed) {
    status.error = error_of(d.obeyed->line, now);
    status.bound = d.obeyed->line.bound_at(now.raw) + std::chrono::abs(status.error);
  }
  status.base_rate = d.base;
  status.learnt_rate = d.memory.learnt;
  status.leap = d.status.state == ClockState::synchronised ? d.with.leaps.announced(now.system)
                                                           : Leap::unsynchronised;
  status.budget_left = d.memory.phase == Phase::open
                           ? most_corridor
                           : d.memory.corridor.room(now.raw, growth_of(d.memory.phase));
  d.board.publish(status);
  d.is_news = false;
}

Result<void> apply(Daemon& d, const Order& order, const Reading& now) {
  KernelAdjustment adjustment = order.adjustment;
  adjustment.leap = flag_now(d, now);
  d.ordered = now.raw;
  d.base = adjustment.rate;
  if (d.with.dry_run) {
    log_info("Dry run: rate {:+.6f} ppm, advance by {:+.9f} seconds, constant {}, {}",
             adjustment.rate.ppm(), to_seconds(adjustment.offset), adjustment.time_constant,
             adjustment.is_synchronised ? "synchronised" : "unsynchronised");
  } else {
    d.playing = order.playing(now);
    if (const auto done = d.kernel.adjust(adjustment); !done) {
      count(d, Refusal::kernel);
      return std::unexpected{done.error()};
    }
  }
  d.is_news = true;
  return {};
}

Result<void> step(Daemon& d, Nanos advance, RawTime now) {
  if (d.with.dry_run) {
    log_info("Dry run: step by {:+.9f} seconds", to_seconds(advance));
    return {};
  }
  NTP_TRY(d.kernel.step(advance));
  log_warning("System clock was stepped by {:.6f} seconds", to_seconds(advance));
  d.playing = {};
  d.status.last_step = advance;
  d.status.last_step_at = now;
  ++d.status.steps;
  return {};
}

Result<void> run(Daemon& d) {
  while (!is_stop_requested()) {
    const RawTime now = d.clocks.raw_now();
    if (d.with.run_for && now - d.started >= *d.with.run_for) break;
    NTP_TRY(wait_ready(d.visitors.waiting(), until_due(d, now)));
    for (std::size_t i = 0; i < Visitors::most; ++i) serve(d, i);
    d.visitors.admit();
    NTP_TRY(fulfil_duties(d));
  }
  d.with.notifier.stopping();
  const auto left = leave(d);
  show(d, d.clocks.read());
  return left;
}

}  // namespace ntp::clockd
