// Pulses without a partner leave here unnumbered: the network daemon knows the time better than
// we do and numbers them (common/board/reference_sample.h).
#include "refclockd/clock.h"

#include <algorithm>
#include <cmath>

#include "common/base/text.h"
#include "common/conf/refclock_refid.h"

namespace ntp::refclockd {
namespace {

Result<std::unique_ptr<Driver>> open_driver(const RefclockSettings& settings, RtcKeeps keeps) {
  switch (settings.driver) {
    case RefclockDriver::shm: return open_shm(settings);
    case RefclockDriver::sock: return open_sock(settings);
    case RefclockDriver::pps: return open_pps(settings);
    case RefclockDriver::phc: return open_phc(settings);
    case RefclockDriver::rtc: return open_rtc_clock(settings, keeps);
  }
  return failure("refclock: unknown driver");
}

Nanos interval_of(int log2_seconds) {
  return to_nanos(std::exp2(std::clamp(log2_seconds, -7, 24)));
}

constexpr int least_local_lockage = 3;  // as chrony

bool is_pulse_source(const RefclockSettings& settings) {
  return settings.driver == RefclockDriver::pps || settings.pps;
}

// The second of a pulse, by the partner's newest complete look.
std::optional<UtcTime> number_by(const Clock& partner, const Clock& clock, const Placed& pulse) {
  if (!partner.last || !partner.last_is_complete) return std::nullopt;
  const Nanos age = std::chrono::abs(pulse.raw - partner.last->raw);
  const Nanos interval = pulse_interval(clock.settings);
  const int pulses = std::max(clock.settings.maxlockage, 1);
  if (age > interval * pulses + look_interval(partner)) return std::nullopt;
  const UtcTime near = partner.last->utc + (pulse.raw - partner.last->raw);
  return number_pulse({.utc = pulse.utc, .pulse_interval = interval}, near, Nanos{0},
                      clock.settings.width);
}

// A `local` clock is locked to itself: its phase goes on from the look before, whatever seconds it
// shows. When none that could go on has come for as long as a partner's word would hold, it begins
// anew.
std::optional<UtcTime> number_by_itself(const Clock& clock, const Placed& pulse) {
  const Nanos interval = pulse_interval(clock.settings);
  const int pulses = std::max(clock.settings.maxlockage, least_local_lockage);
  if (!clock.last || pulse.raw - clock.last->raw > interval * pulses + look_interval(clock))
    return pulse.utc;
  const UtcTime near = clock.last->utc + (pulse.raw - clock.last->raw);
  return number_pulse({.utc = pulse.utc, .pulse_interval = interval}, near, Nanos{0},
                      clock.settings.width);
}

// Unnumbered pulses are at least numbered alike, so that a window can average them. Where a
// driver stamps both edges of a pulse, `width` apart, the two gather in windows of their own;
// the network side knows which of them falls on a second.
void gather_pulse(Clock& clock, Placed pulse) {
  const Nanos interval = pulse_interval(clock.settings);
  for (Edge& edge : clock.edges) {
    if (edge.last) {
      const UtcTime near = edge.last->utc + (pulse.raw - edge.last->raw);
      const auto numbered = number_pulse({.utc = pulse.utc, .pulse_interval = interval}, near,
                                         Nanos{0}, clock.settings.width);
      if (!numbered) continue;
      pulse.utc = *numbered;
    }
    edge.last = pulse;
    edge.window.take(pulse);
    return;
  }
  clock.edges[0].last = pulse;  // the pulse has moved: begin again there
  clock.edges[0].window.take(pulse);
}

// A draw of the noise in the samples before, where a sample has too few looks to tell its own:
// how far the middle one of three lies off the line through the others, as if they were evenly
// spaced, scaled to one sample's error.
Nanos spread_before(const Edge& edge) {
  if (edge.mean_count < edge.means.size()) return Nanos{0};
  const auto gained = [&](std::size_t i) {
    return to_seconds((edge.means[i].utc - edge.means[2].utc) -
                      (edge.means[i].raw - edge.means[2].raw));
  };
  return to_nanos((gained(0) - 2 * gained(1)) / std::sqrt(6.0));
}

void remember_mean(Edge& edge, const Placed& mean) {
  edge.means = {mean, edge.means[0], edge.means[1]};
  edge.mean_count = std::min(edge.mean_count + 1, edge.means.size());
}

}  // namespace

Nanos pulse_interval(const RefclockSettings& settings) {
  return Nanos{1s} / std::max(settings.rate, 1);
}

bool is_pulse(const Clock& clock, const Look& look) {
  return look.is_pulse || is_pulse_source(clock.settings);
}

Nanos precision_of(const RefclockSettings& settings) {
  return std::max(settings.precision.value_or(Nanos{1}), Nanos{1});
}

Result<Clock> open_clock(std::span<const RefclockSettings> all, std::size_t line, RtcKeeps keeps) {
  const RefclockSettings& settings = all[line];
  Clock clock{settings, line};
  if (!settings.lock_refid.empty() && !settings.local) {
    RefclockSettings partner;
    partner.refid = settings.lock_refid;
    for (std::size_t other = 0; other < all.size(); ++other) {
      if (other != line && refid_of(all[other], other) == refid_of(partner, 0))
        clock.locked_to = static_cast<int>(other);
    }
    if (clock.locked_to < 0) {
      return failure("refclock " + settings.parameter + ": lock " + settings.lock_refid +
                     ": no other refclock has that refid");
    }
    if (all[static_cast<std::size_t>(clock.locked_to)].local) {
      return failure("refclock " + settings.parameter + ": lock " + settings.lock_refid +
                     ": that clock is `local` and knows no seconds");
    }
  }
  clock.driver = NTP_TRY(open_driver(settings, keeps));
  return clock;
}

Clock::Clock(const RefclockSettings& given, std::size_t number)
    : settings{given},
      line{static_cast<std::uint32_t>(number)},
      refid{refid_of(given, number)},
      edges{Edge{Window{static_cast<std::size_t>(std::max(given.filter, 1))}},
            Edge{Window{static_cast<std::size_t>(std::max(given.filter, 1))}}} {}

std::expected<void, Refused> take(Clock& clock, const Look& look, const History& history,
                                  const Clock* partner, int tai) {
  if (clock.settings.tai && tai == 0) return std::unexpected{Refused::no_tai};
  const auto raw = look.raw ? look.raw : history.to_raw(look.system);
  if (!raw) return std::unexpected{Refused::unplaced};
  if (clock.last && *raw <= clock.last->raw) return std::unexpected{Refused::out_of_order};
  Placed placed{*raw, look.utc + clock.settings.offset};
  if (clock.settings.tai) placed.utc = placed.utc - std::chrono::seconds{tai};
  const bool pulses = is_pulse(clock, look);
  const bool is_local = clock.settings.local;
  if (is_local || (pulses && clock.locked_to >= 0)) {
    const auto numbered = is_local             ? number_by_itself(clock, placed)
                          : partner == nullptr ? std::nullopt
                                               : number_by(*partner, clock, placed);
    if (!numbered) return std::unexpected{Refused::unlocked};
    placed.utc = *numbered;
  }
  clock.last = placed;
  clock.last_is_complete = !pulses || clock.locked_to >= 0 || is_local;
  clock.leap = look.leap;
  if (clock.last_is_complete) clock.edges[0].window.take(placed);
  else gather_pulse(clock, placed);
  return {};
}

std::optional<ReferenceSample> make_sample(Clock& clock, std::size_t edge) {
  const auto filtered = clock.edges[edge].window.drain();
  if (!filtered) return std::nullopt;
  const Nanos spread =
      filtered->used >= spread_least_used ? filtered->spread : spread_before(clock.edges[edge]);
  remember_mean(clock.edges[edge], filtered->mean);
  const RefclockSettings& settings = clock.settings;
  if (settings.maxdispersion && filtered->deviation > *settings.maxdispersion) {
    ++clock.refusals[static_cast<std::size_t>(Refused::dispersed)];
    return std::nullopt;
  }
  ++clock.samples;
  return ReferenceSample{
      .line = clock.line,
      .reference_id = clock.refid,
      .taken = filtered->mean.raw,
      .utc = filtered->mean.utc,
      .pulse_interval = clock.last_is_complete ? Nanos{0} : pulse_interval(settings),
      .dispersion = filtered->deviation,
      .spread = std::clamp(spread, -most_spread, most_spread),
      .delay = std::max(settings.delay, Nanos{0}),
      .precision = precision_of(settings),
      .leap = clock.leap,
      .stratum = static_cast<std::uint8_t>(std::clamp(settings.stratum, 0, 15)),
  };
}

Nanos look_interval(const Clock& clock) { return interval_of(clock.settings.dpoll); }
Nanos sample_interval(const Clock& clock) {
  return std::max(interval_of(clock.settings.poll), look_interval(clock));
}

}  // namespace ntp::refclockd
