// See daemon.h.
#include "ntpd-net/daemon.h"

#include <algorithm>

#include "common/base/ensure.h"
#include "common/base/log.h"
#include "common/os/random.h"
#include "common/wire/refid.h"
#include "ntpd-net/asking.h"
#include "ntpd-net/journal.h"
#include "ntpd-net/keeping.h"
#include "ntpd-net/links.h"
#include "ntpd-net/manual_input.h"
#include "ntpd-net/mixing.h"
#include "ntpd-net/orphans.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

constexpr Nanos one_shot_patience = 8s;  // after the first estimate, for the other sources
constexpr int good_enough = 3;           // samples a source, for -q and -Q: selection needs as many

}  // namespace

EnsembleOptions ensemble_options(const Settings& settings, const Errand& errand) {
  EnsembleOptions options{.most_distance = settings.selection.maxdistance,
                          .most_jitter = settings.selection.maxjitter,
                          .least_stratum = settings.selection.minstratum,
                          .most_stratum = settings.selection.maxstratum,
                          .least_sources = settings.selection.minsources,
                          .clock_error = settings.clock.maxclockerror,
                          .most_samples = settings.selection.maxsamples,
                          .stratum_weight = settings.selection.stratumweight,
                          .reselect_distance = settings.selection.reselectdist,
                          .combine_limit = settings.selection.combinelimit};
  if (settings.selection.clockprecision)
    options.clock_precision = *settings.selection.clockprecision;
  if (errand.drift) {
    options.start_rate = start_rate(*errand.drift);
    options.start_rate_deviation = std::max(errand.drift->skew, ppm(0.01));
  }
  return options;
}

namespace {

std::uint32_t refid_of_source(const Daemon& daemon, int place) {
  if (const ReferenceClock* clock = daemon.reference_clocks.at(place)) return clock->refid;
  const Source& source = daemon.pool.at(place);
  const Address& address = source.remote.address;
  if (source.settings.copy && source.last) return source.last->header.refid;
  const auto octets = std::as_bytes(std::span{address.octets});
  return refid_of_address(address.family == Family::ipv4 ? octets.first(4) : octets);
}

// The `copy` option: we pass on what the source says of itself, as if we were it.
Combined as_copied(const Daemon& daemon, const Combined& combined) {
  Combined copied = combined;
  const int place = combined.reference.value;
  if (daemon.pool.has(place) && daemon.pool.at(place).settings.copy && copied.stratum > 1)
    --copied.stratum;
  return copied;
}

bool exists(const Daemon& daemon, int place) {
  return daemon.pool.has(place) || daemon.reference_clocks.at(place) != nullptr;
}

void say_selected(Daemon& daemon, SourceIndex place) {
  if (place == daemon.selected && !daemon.complained) return;
  daemon.selected = place;
  const std::string name = name_of_source(daemon, place.value);
  const std::string address =
      daemon.pool.has(place.value) ? to_text(daemon.pool.at(place.value).remote.address) : name;
  if (address == name) log_info("Selected source {}", address);
  else log_info("Selected source {} ({})", address, name);
  daemon.complained = false;
}

void say_lost(Daemon& daemon, RawTime now) {
  const bool lost_one = daemon.selected.value >= 0;
  bool disagree = false;
  for (const int place : daemon.pool.order())
    disagree |=
        daemon.ensemble.statistics(SourceIndex{place}, now).standing == Standing::falseticker;
  if (daemon.complained || (!lost_one && !disagree)) return;
  daemon.complained = true;
  daemon.selected = {};
  log_info("Can't synchronise: {}", disagree ? "no majority" : "no selectable sources");
}

// chrony's words when the clock is further off than `logchange`.
void say_wrong(Daemon& daemon) {
  const auto error = system_error(daemon);
  if (!error || daemon.errand.one_shot) return;
  if (std::chrono::abs(*error) > daemon.settings.log.change)
    log_warning("System clock wrong by {:.6f} seconds", -to_seconds(*error));
}

void keep_drift(Daemon& daemon) {
  if (!has_drift(daemon)) return;
  const Drift drift = drift_of(*daemon.reference.combined);
  daemon.passage.office.say({.word = OfficeWord::keep_drift,
                             .first = rate_to_e15(drift.frequency),
                             .second = rate_to_e15(drift.skew)});
}

bool is_settled(const Source& source) {
  return !source.online || source.counts.good >= static_cast<std::uint32_t>(good_enough) ||
         source.counts.sent >= static_cast<std::uint32_t>(2 * good_enough);
}

void end_errand(Daemon& daemon) {
  const auto error = system_error(daemon);
  if (!error) return;
  const double wrong = -to_seconds(*error);
  if (daemon.errand.prints_only) {
    log_warning("System clock wrong by {:.6f} seconds (ignored)", wrong);
    return finish(daemon, 0);
  }
  log_warning("System clock wrong by {:.6f} seconds", wrong);
  if (daemon.errand.clock_is_here || daemon.passage.clock.is_connected()) return finish(daemon, 0);
  log_error("clockd does not run: nobody set the clock");
  finish(daemon, 1);
}

void watch_errand(Daemon& daemon, MonotonicTime now) {
  if (daemon.errand.one_shot && daemon.reference.is_current) {
    const bool settled = std::ranges::all_of(
        daemon.pool.order(), [&](int place) { return is_settled(daemon.pool.at(place)); });
    if (settled || now - daemon.started > one_shot_patience) return end_errand(daemon);
  }
  if (daemon.errand.time_limit > Nanos{0} && now - daemon.started >= daemon.errand.time_limit) {
    log_info("Timeout reached");
    finish(daemon, daemon.reference.is_current && !daemon.errand.one_shot ? 0 : 1);
  }
}

// A rate more uncertain than maxupdateskew is not obeyed: the offset is, along the rate before.
Combined with_usable_rate(const Daemon& daemon, const Combined& combined) {
  if (combined.skew <= daemon.settings.selection.maxupdateskew) return combined;
  Combined usable = combined;
  const auto& before = daemon.reference.combined;
  usable.line.rate =
      before ? before->line.rate : ensemble_options(daemon.settings, daemon.errand).start_rate;
  usable.line.bound_growth = usable.line.bound_growth + abs(combined.line.rate - usable.line.rate);
  return usable;
}

// The newest combination, to everybody who wants it.
void take_combination(Daemon& daemon, const Combined& measured, const Now& now) {
  const Combined combined = with_usable_rate(daemon, measured);
  const int place = combined.reference.value;
  const Address address = daemon.pool.has(place) ? daemon.pool.at(place).remote.address : Address{};
  say_selected(daemon, combined.reference);
  daemon.is_manual = false;
  const auto before = daemon.reference.combined;
  daemon.reference.update(as_copied(daemon, combined), refid_of_source(daemon, place), address,
                          now.raw);
  log_tracking(daemon);
  smooth_update(daemon, before, now.raw);
  if (daemon.reference.root_distance_at(now.raw) <= daemon.local.settings.activate)
    daemon.local.is_activated = true;
  say_wrong(daemon);
  if (daemon.errand.touches_clock)
    daemon.passage.clock.publish(to_record(combined, now.raw), now.monotonic);
}

void apply_rules(AccessList& list, const std::vector<AccessRule>& rules) {
  for (const AccessRule& rule : rules)
    if (list.change(rule) != AccessChange::done)
      log_warning("Too many access rules: {} is not obeyed", to_text(rule.subnet));
}

void open_access(Daemon& daemon) {
  if (const auto& rules = daemon.settings.control.access; !rules.empty())
    apply_rules(command_rules(daemon), rules);
  if (AccessPage* page = daemon.passage.served.get() ? &daemon.passage.served->access : nullptr) {
    daemon.ntp_rules.emplace(*page, daemon.passage.fast_access.get());
    apply_rules(*daemon.ntp_rules, daemon.settings.server.access);
  }
  open_commands(daemon);
}

void add_source(Daemon& daemon, const SourceSettings& source, MonotonicTime now) {
  switch (daemon.pool.add(source, now)) {
    case AddOutcome::added: return;
    case AddOutcome::already_known:
      if (!source.is_early) log_warning("Source {} is given twice", source.name);
      return;
    case AddOutcome::too_many:
      log_warning("Could not add source {}: too many sources", source.name);
  }
}

void add_sources(Daemon& daemon, MonotonicTime now) {
  for (SourceSettings source : daemon.settings.sources) {
    source.iburst |= daemon.errand.one_shot;
    add_source(daemon, source, now);
  }
  if (const auto& early = daemon.settings.clock.initstepslew)
    for (const std::string& host : early->hosts)
      add_source(daemon, {.name = host, .iburst = true, .is_early = true}, now);
}

}  // namespace

Daemon::Daemon(Configuration configuration, const KeyStore& symmetric_keys,
               const Errand& run_errand, Clocks& world_clocks, Passage given)
    : settings{std::move(configuration.settings)},
      keys{symmetric_keys},
      errand{run_errand},
      clocks{world_clocks},
      passage{std::move(given)},
      ensemble{ensemble_options(settings, errand)},
      pool{ensemble, keys, errand.families, settings.refresh, settings.nts.refresh},
      reference_clocks{ensemble, settings.refclocks},
      standard{reference_clocks.local_standard()},
      command_clients{settings.control.ratelimit},
      refused{.drift_file = errand.is_drift_refused ? 1U : 0U} {
  pool.keep_ports(std::move(passage.peer_ports));
}

Now look_at_clocks(Daemon& daemon) {
  return {daemon.clocks.monotonic_now(), daemon.clocks.raw_now()};
}

void finish(Daemon& daemon, int exit_code) {
  daemon.stop = true;
  daemon.exit_code = exit_code;
}

std::string name_of_source(const Daemon& daemon, int place) {
  if (const ReferenceClock* clock = daemon.reference_clocks.at(place))
    return refid_name(clock->refid);
  if (const Entry* entry = daemon.pool.entry_of(place)) return entry->settings.name;
  return daemon.pool.has(place) ? to_text(daemon.pool.at(place).remote.address) : std::string{};
}

void open_commands(Daemon& daemon) {
  daemon.open_commands = {};
  for (const std::string& word : daemon.settings.control.open_commands)
    if (!control::open_by_word(daemon.open_commands, word))
      log_warning("opencommands: {} is not a command that can be opened", word);
}

AccessList& command_rules(Daemon& daemon) {
  if (!daemon.command_access) {
    daemon.command_access.reset(static_cast<AccessPage*>(std::calloc(1, sizeof(AccessPage))));
    ENSURE(daemon.command_access != nullptr);
    daemon.command_rules.emplace(*daemon.command_access);
  }
  return *daemon.command_rules;
}

void start(Daemon& daemon) {
  const Now now = look_at_clocks(daemon);
  daemon.started = now.monotonic;
  daemon.local = {.settings = daemon.settings.server.local, .lost = now.raw};
  daemon.leaps = LeapDuty{daemon.passage.leaps, daemon.settings.clock.leapsecmode};
  if (const auto& smooth = daemon.settings.server.smoothtime) daemon.smoothing.emplace(*smooth);
  daemon.stamping.look(daemon.clocks.read());
  open_access(daemon);
  take_dump(daemon);
  add_sources(daemon, now.monotonic);
  mix_sources(daemon);
  if (daemon.passage.link_notice.is_open()) daemon.links_due.arm(now.monotonic);
  daemon.drift_due.arm(now.monotonic + daemon.settings.clock.driftfile_interval);
  refresh_served(daemon);
  daemon.passage.office.say({.word = OfficeWord::ready});
}

Nanos until_next_timer(const Daemon& daemon) {
  MonotonicTime next = daemon.pool.next_resolution();
  const auto consider = [&next](MonotonicTime when) { next = std::min(next, when); };
  for (const int place : daemon.pool.order()) {
    consider(daemon.pool.at(place).request.when());
    consider(daemon.pool.at(place).loss.when());
  }
  consider(daemon.drift_due.when());
  consider(daemon.served_due.when());
  consider(daemon.links_due.when());
  consider(daemon.leap_due.when());
  if (daemon.passage.thermometer) consider(daemon.passage.thermometer->due());
  consider(daemon.passage.cards.due());
  consider(daemon.passage.clock.next_try());
  consider(daemon.reference_clocks.next_move());
  if (daemon.passage.reference_clocks) consider(daemon.passage.reference_clocks->next_try());
  if (daemon.passage.hardware_clock) consider(daemon.passage.hardware_clock->next_try());
  if (daemon.errand.one_shot) consider(daemon.started + one_shot_patience);
  if (daemon.errand.time_limit > Nanos{0}) consider(daemon.started + daemon.errand.time_limit);
  if (daemon.passage.names.has_waiting()) return Nanos{0};
  const MonotonicTime now = daemon.clocks.monotonic_now();
  if (daemon.errand.one_shot && next <= now) return Nanos{10ms};
  return time_until(next, now);
}

namespace {

void mind_temperature(Daemon& daemon, MonotonicTime now) {
  const auto seen = daemon.passage.thermometer->look(now, daemon.clocks.raw_now());
  if (seen == Thermometer::Seen::change) daemon.changed = true;
  if (seen != Thermometer::Seen::nothing) log_temperature(daemon);
}

}  // namespace

void fire_due_timers(Daemon& daemon) {
  const MonotonicTime now = daemon.clocks.monotonic_now();
  const std::vector<int> places(daemon.pool.order().begin(), daemon.pool.order().end());
  for (const int place : places) {
    if (daemon.pool.at(place).loss.is_due(now)) give_up(daemon, place);
    if (daemon.pool.at(place).request.is_due(now)) ask(daemon, place);
  }
  daemon.pool.ask_names(daemon.passage.names, now);
  if (daemon.passage.names.has_waiting()) daemon.pool.take_names(daemon.passage.names, now);
  if (daemon.passage.clock.keep_connected(now)) daemon.changed = true;
  if (daemon.passage.reference_clocks) {
    (void)daemon.passage.reference_clocks->keep_connected(now);
    daemon.reference_clocks.move_registers(daemon.ensemble, now);
  }
  if (daemon.passage.hardware_clock) daemon.passage.hardware_clock->keep_connected(now);
  if (daemon.drift_due.take_due(now, daemon.settings.clock.driftfile_interval)) keep_drift(daemon);
  if (daemon.served_due.is_due(now)) refresh_served(daemon);
  if (daemon.links_due.is_due(now)) follow_links(daemon);
  if (daemon.leap_due.is_due(now)) mind_leaps(daemon);
  if (daemon.passage.thermometer) mind_temperature(daemon, now);
  if (daemon.passage.cards.due() <= now) read_cards(daemon);
  watch_errand(daemon, now);
}

void publish_estimate(Daemon& daemon) {
  mix_sources(daemon);
  if (!std::exchange(daemon.changed, false)) return;
  const Now now = look_at_clocks(daemon);
  sort_orphans(daemon);
  const auto combined = combined_now(daemon, now.raw);
  const bool usable = combined && exists(daemon, combined->reference.value);
  if (usable) {
    take_combination(daemon, *combined, now);
  } else {
    if (std::exchange(daemon.reference.is_current, false)) {
      daemon.local.lost = now.raw;
      log_tracking_lost(daemon);
    }
    say_lost(daemon, now.raw);
    publish_manual(daemon, now);
  }
  log_selection(daemon);
  mind_leaps(daemon);
  refresh_served(daemon);
  if (usable) daemon.changed |= daemon.pool.drop_early();
}

void check_continuity(Daemon& daemon) {
  const MonotonicTime now = daemon.clocks.monotonic_now();
  if (daemon.passage.continuity.take_step()) daemon.stamping.forget();
  const Break broken = daemon.passage.continuity.check(now);
  if (broken == Break::none) return;
  log_warning("{}: measuring anew",
              broken == Break::suspended ? "The machine was asleep" : "The clocksource changed");
  daemon.stamping.forget();
  daemon.passage.cards.forget();
  if (daemon.standard) daemon.standard->forget();
  daemon.ensemble.begin_epoch();
  forget_kept(daemon);
  daemon.passage.trace.epoch();
  daemon.changed = true;
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    source.abandon();
    source.exchange.forget();
    if (source.peer) source.peer->forget();
    source.filter.forget();
    source.delays.forget();
    source.poll.begin_start();
    if (source.online) begin_burst(source, now, good_enough, 2 * good_enough);
  }
}

bool has_drift(const Daemon& daemon) {
  if (!daemon.reference.combined) return false;
  return daemon.reference.is_current || (daemon.is_manual && daemon.manual.all().size() > 1);
}

std::optional<Nanos> system_error(Daemon& daemon) {
  if (!daemon.reference.combined) return std::nullopt;
  const Reading pair = daemon.clocks.read();
  return pair.system.since_zero - daemon.reference.combined->line.at(pair.raw).since_zero;
}

}  // namespace ntp
