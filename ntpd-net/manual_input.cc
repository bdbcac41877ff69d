// See manual_input.h.
#include "ntpd-net/manual_input.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/wire/refid.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

using control::Status;

constexpr std::uint32_t refid_manual = 0x4d414e55;  // "MANU"
constexpr std::uint8_t manual_stratum = 15;         // to clockd: any other word goes first
// A person's word stands until the next one: clockd holds it as long as it extrapolates any line.
constexpr Nanos stands_for = 36h;
// The operator's correction is wanted at once, whatever the doubt of a typed second.
constexpr Nanos eager{1ms};

Rate known_rate(const Daemon& daemon) {
  if (daemon.reference.combined) return daemon.reference.combined->line.rate;
  return daemon.errand.drift ? start_rate(*daemon.errand.drift) : Rate{};
}

Combined to_combined(const ManualTime::Fit& fit) {
  return {.line = fit.line,
          .root_dispersion = fit.line.bound,
          .leap = Leap::unsynchronised,
          .skew = fit.skew,
          .sample_interval = stands_for,
          .time_scale = stands_for,
          .tracking_deviation = eager};
}

// Only where nobody better speaks.
void put_in_force(Daemon& daemon, const ManualTime::Fit& fit, const Now& now) {
  daemon.is_manual = true;
  daemon.reference.update(to_combined(fit), refid_manual, {}, now.raw);
  daemon.reference.is_current = false;
  publish_manual(daemon, now);
  refresh_served(daemon);
}

}  // namespace

Status switch_manual(Daemon& daemon, const control::Option& option) {
  constexpr int off = 0, on = 1, reset = 2;
  switch (option.option) {
    case off: daemon.settings.manual = false; return Status::success;
    case on: daemon.settings.manual = true; return Status::success;
    case reset:
      daemon.manual.reset();
      daemon.is_manual = false;
      return Status::success;
    default: return Status::invalid;
  }
}

Status delete_manual(Daemon& daemon, const control::Index& index) {
  if (!daemon.manual.remove(index.index)) return Status::bad_sample;
  const Now now = look_at_clocks(daemon);
  const auto fit = daemon.manual.fit(now.raw, known_rate(daemon));
  if (daemon.is_manual && fit) put_in_force(daemon, *fit, now);
  daemon.is_manual &= fit.has_value();
  return Status::success;
}

std::optional<control::ManualTimestamp> set_time(Daemon& daemon, const control::SetTime& said) {
  if (!daemon.settings.manual) return std::nullopt;
  const Reading reading = daemon.clocks.read();
  const Rate before = known_rate(daemon);
  daemon.manual.take(reading, said.time);
  const auto fit = daemon.manual.fit(reading.raw, before);
  const Nanos fast = reading.system.since_zero - fit->line.utc.since_zero;
  log_info("Time given by hand: the clock is {:.3f} seconds fast", to_seconds(fast));
  if (daemon.reference.is_current)
    log_warning("Manual time is not used while a source is selected");
  else put_in_force(daemon, *fit, {daemon.clocks.monotonic_now(), reading.raw});
  return control::ManualTimestamp{.offset = Seconds{to_seconds(fast)},
                                  .frequency_change = before - fit->line.rate,
                                  .frequency = -fit->line.rate};
}

std::optional<control::ManualList> report_manual(Daemon& daemon) {
  if (!daemon.settings.manual) return std::nullopt;
  const Reading now = daemon.clocks.read();
  const auto fit = daemon.manual.fit(now.raw, known_rate(daemon));
  control::ManualList list;
  for (const ManualTime::Said& said : daemon.manual.all()) {
    const double residual = to_seconds(fit->line.at(said.at) - said.utc);
    const double fast_now = to_seconds(now.system.since_zero - fit->line.at(now.raw).since_zero);
    list.slots[list.samples++] = {.when = said.utc,
                                  .slewed_offset = Seconds{fast_now + residual},
                                  .original_offset = Seconds{to_seconds(said.original)},
                                  .residual = Seconds{residual}};
  }
  return list;
}

void publish_manual(Daemon& daemon, const Now& now) {
  if (!daemon.is_manual || !daemon.errand.touches_clock) return;
  const auto fit = daemon.manual.fit(now.raw, known_rate(daemon));
  if (!fit) return;
  EstimateRecord record = to_record(to_combined(*fit), now.raw);
  record.leap = Leap::none;
  record.stratum = manual_stratum;
  record.sources = 1;
  daemon.passage.clock.publish(record, now.monotonic);
}

}  // namespace ntp
