// See publisher.h.
#include "ntpd-net/publisher.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"
#include "common/wire/refid.h"

namespace ntp {
namespace {

constexpr double rms_memory = 0.9;         // share of the old mean that an update leaves
constexpr Rate least_growth = ppm(1);      // of the root dispersion: chrony's maxclockerror
constexpr double largest_drift_ppm = 1e5;  // what a drift file may say
// clockd believes in no interval beyond 36 h: the first record after a longer gap would be refused.
constexpr Nanos longest_interval = 24h;

}  // namespace

void Reference::update(const Combined& now, std::uint32_t reference_id,
                       const Address& reference_address, RawTime raw) {
  // The same samples said again, because a poll was missed, are no update.
  const bool is_news = !combined || combined->line.anchor != now.line.anchor;
  if (combined && updates > 0 && is_news) {
    last_offset = combined->line.at(raw) - now.line.at(raw);
    interval = raw - updated;
    const double square = to_seconds(last_offset) * to_seconds(last_offset);
    rms_square = updates == 1 ? square : rms_memory * rms_square + (1 - rms_memory) * square;
  }
  combined = now;
  is_current = true;
  refid = reference_id;
  address = reference_address;
  if (!is_news) return;
  updated = raw;
  updated_utc = now.line.at(raw);
  ++updates;
}

Nanos Reference::root_dispersion_at(RawTime raw) const {
  if (!combined) return 1s;
  const Rate growth = std::max(combined->line.bound_growth, least_growth);
  return combined->root_dispersion + growth * std::max(raw - combined->line.anchor, Nanos{0});
}

Nanos Reference::root_distance_at(RawTime raw) const {
  if (!combined) return Nanos::max();
  return combined->root_delay / 2 + root_dispersion_at(raw);
}

bool LocalWatch::may_begin(const Reference& reference, RawTime raw) const {
  if (!settings.enabled) return false;
  if (settings.activate > Nanos{0} && !is_activated) return false;
  return reference.is_current ? raw - reference.updated >= settings.waitsynced
                              : raw - lost >= settings.waitunsynced;
}

Standpoint standpoint(const Reference& reference, const LocalWatch& local, Nanos most_distance,
                      RawTime raw) {
  const bool usable = reference.combined.has_value() &&
                      reference.combined->leap != Leap::unsynchronised &&
                      reference.combined->stratum < 16;
  const Nanos distance = reference.root_distance_at(raw);
  if (local.may_begin(reference, raw)) {
    return usable && distance <= local.settings.distance ? Standpoint::synchronised
                                                         : Standpoint::local;
  }
  if (usable && distance <= std::max(most_distance, Nanos{1s})) return Standpoint::synchronised;
  return Standpoint::unsynchronised;
}

EstimateRecord to_record(const Combined& combined, RawTime published) {
  return {.published = published,
          .line = combined.line,
          .sample_interval = std::min(combined.sample_interval, longest_interval),
          .time_scale = std::min(combined.time_scale, longest_interval),
          .tracking_deviation = combined.tracking_deviation,
          .root_distance = combined.root_delay / 2 + combined.root_dispersion,
          .leap = combined.leap,
          .stratum = combined.stratum,
          .sources = static_cast<std::uint8_t>(std::clamp(combined.combined_sources, 0, 255))};
}

ServedState to_served(const Reference& reference, const LocalWatch& local, Nanos most_distance,
                      RawTime raw, UtcTime system_now, Rate pair_rate, std::int8_t precision_log2) {
  ServedState state{
      .system_rate = pair_rate, .dispersion_at = raw, .precision_log2 = precision_log2};
  if (reference.combined) {  // served as long as there was ever a line: it outlives its sources
    state.from_system_clock = false;
    state.line = reference.combined->line;
  }
  switch (standpoint(reference, local, most_distance, raw)) {
    case Standpoint::unsynchronised:
      state.root_dispersion = reference.root_dispersion_at(raw);
      return state;
    case Standpoint::local:
      state.leap = Leap::none;
      state.stratum = static_cast<std::uint8_t>(local.settings.stratum);
      state.refid = refid_local;
      state.reference = reference.combined ? reference.combined->line.at(raw) : system_now;
      state.dispersion_growth = Rate{};
      return state;
    case Standpoint::synchronised: break;
  }
  const Combined& combined = *reference.combined;
  state.leap = combined.leap;
  state.stratum = combined.stratum;
  state.refid = reference.refid;
  state.reference = reference.updated_utc;
  state.root_delay = combined.root_delay;
  state.root_dispersion = reference.root_dispersion_at(raw);
  state.dispersion_growth = std::max(combined.line.bound_growth, least_growth);
  return state;
}

std::string to_text(const Drift& drift) {
  return fmt::format("{:20.6f} {:20.6f}\n", drift.frequency.ppm(), drift.skew.ppm());
}

std::optional<Drift> parse_drift(std::string_view text) {
  const auto words = split_words(text);
  if (words.size() < 2) return std::nullopt;
  const auto frequency = parse_real(words[0]);
  const auto skew = parse_real(words[1]);
  if (!frequency || !skew || std::abs(*frequency) > largest_drift_ppm || *skew < 0)
    return std::nullopt;
  return Drift{ppm(*frequency), ppm(std::min(*skew, largest_drift_ppm))};
}

Drift drift_of(const Combined& combined) { return {-combined.line.rate, combined.skew}; }

}  // namespace ntp
