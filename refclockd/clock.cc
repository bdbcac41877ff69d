// Pulses without a partner leave here unnumbered: the network daemon knows the time better than
// we do and numbers them (common/board/reference_sample.h).
#include "refclockd/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/base/text.h"

namespace ntp::refclockd {
namespace {

std::string_view short_name(RefclockDriver driver) {
  switch (driver) {
    case RefclockDriver::pps: return "PPS";
    case RefclockDriver::sock: return "SOC";
    case RefclockDriver::shm: return "SHM";
    case RefclockDriver::phc: return "PHC";
    case RefclockDriver::rtc: return "RTC";
  }
  return "";
}

Result<std::unique_ptr<Driver>> open_driver(const RefclockSettings& settings) {
  switch (settings.driver) {
    case RefclockDriver::shm: return open_shm(settings);
    case RefclockDriver::sock: return open_sock(settings);
    case RefclockDriver::pps: return open_pps(settings);
    case RefclockDriver::phc: return open_phc(settings);
    case RefclockDriver::rtc:
      return failure("refclock RTC: not supported; rtcd keeps the hardware clock");
  }
  return failure("refclock: unknown driver");
}

Nanos interval_of(int log2_seconds) {
  return to_nanos(std::exp2(std::clamp(log2_seconds, -7, 24)));
}

Nanos pulse_interval(const RefclockSettings& settings) {
  return Nanos{1s} / std::max(settings.rate, 1);
}

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
  return number_pulse({.utc = pulse.utc, .pulse_interval = interval}, near, Nanos{0});
}

}  // namespace

std::uint32_t refid_of(const RefclockSettings& settings, std::size_t line) {
  const std::string name = settings.refid.empty()
                               ? fmt::format("{}{}", short_name(settings.driver), line % 10)
                               : settings.refid;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  }
  return value;
}

Result<Clock> open_clock(std::span<const RefclockSettings> all, std::size_t line) {
  const RefclockSettings& settings = all[line];
  Clock clock{.settings = settings,
              .line = static_cast<std::uint32_t>(line),
              .refid = refid_of(settings, line)};
  if (!settings.lock_refid.empty()) {
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
  }
  clock.driver = NTP_TRY(open_driver(settings));
  clock.window = Window{static_cast<std::size_t>(std::max(settings.filter, 1))};
  return clock;
}

std::expected<void, Refused> take(Clock& clock, const Look& look, const History& history,
                                  const Clock* partner, int tai) {
  if (clock.settings.tai && tai == 0) return std::unexpected{Refused::no_tai};
  const auto raw = look.raw ? look.raw : history.to_raw(look.system);
  if (!raw) return std::unexpected{Refused::unplaced};
  if (clock.last && *raw <= clock.last->raw) return std::unexpected{Refused::out_of_order};
  Placed placed{*raw, look.utc + clock.settings.offset};
  if (clock.settings.tai) placed.utc = placed.utc - std::chrono::seconds{tai};
  const bool is_pulse = look.is_pulse || is_pulse_source(clock.settings);
  if (is_pulse && clock.locked_to >= 0) {
    const auto numbered = partner == nullptr ? std::nullopt : number_by(*partner, clock, placed);
    if (!numbered) return std::unexpected{Refused::unlocked};
    placed.utc = *numbered;
  } else if (is_pulse && clock.last) {
    // Unnumbered pulses are at least numbered alike, so that the window can average them.
    const UtcTime near = clock.last->utc + (placed.raw - clock.last->raw);
    const ReferenceSample pulse{.utc = placed.utc,
                                .pulse_interval = pulse_interval(clock.settings)};
    placed.utc = number_pulse(pulse, near, Nanos{0}).value_or(placed.utc);
  }
  clock.last = placed;
  clock.last_is_complete = !is_pulse || clock.locked_to >= 0;
  clock.leap = look.leap;
  clock.window.take(placed);
  return {};
}

std::optional<ReferenceSample> make_sample(Clock& clock) {
  const auto filtered = clock.window.drain();
  if (!filtered) return std::nullopt;
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
      .delay = std::max(settings.delay, Nanos{0}),
      .precision = std::max(settings.precision.value_or(Nanos{1}), Nanos{1}),
      .leap = clock.leap,
      .stratum = static_cast<std::uint8_t>(std::clamp(settings.stratum, 0, 15)),
  };
}

Nanos look_interval(const Clock& clock) { return interval_of(clock.settings.dpoll); }
Nanos sample_interval(const Clock& clock) {
  return std::max(interval_of(clock.settings.poll), look_interval(clock));
}

Result<unsigned> permission_of(const RefclockSettings& settings, unsigned otherwise) {
  for (const std::string& option : settings.driver_options) {
    if (!option.starts_with("perm=")) continue;
    const auto mode = parse_integer<unsigned>(std::string_view{option}.substr(5), 8);
    if (mode && *mode <= 0777) return *mode;
    return failure("refclock " + settings.parameter +
                   ": perm is an octal number up to 0777, not \"" + option.substr(5) + "\"");
  }
  return otherwise;
}

bool has_option(const RefclockSettings& settings, const std::string& flag) {
  return std::ranges::find(settings.driver_options, flag) != settings.driver_options.end();
}

}  // namespace ntp::refclockd
