// Classic ntpdate drops outliers by their weighted distance from the rest, which lets two liars
// outvote one honest server of a higher stratum. Here a server must lie inside what a majority
// claims (the intersection idea of RFC 5905 section 11.2.1), and only then does stratum count.
#include "ntpdate/choice.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace ntp::ntpdate {
namespace {

constexpr Nanos lost_sample = 64s;
constexpr Nanos most_delay = 8s;  // of the round trip: farther servers are of no use
constexpr Nanos longest_without_sync = 24h;
constexpr Nanos least_doubt = 10ms;  // clocks of honest servers differ by this much

Nanos distance_of(const Asked& asked) {
  return summarise(asked).delay / 2 + from_short(asked.header.root_delay) / 2 +
         from_short(asked.header.root_dispersion) + least_doubt;
}

// How many of `servers` claim that `offset` may be the truth.
std::size_t count_agreeing(std::span<const Asked> servers, std::span<const std::size_t> usable,
                           Nanos offset) {
  return static_cast<std::size_t>(std::ranges::count_if(usable, [&](std::size_t i) {
    return std::chrono::abs(summarise(servers[i]).offset - offset) <= distance_of(servers[i]);
  }));
}

// The ends of the claims are the only places where the number of agreeing servers changes.
struct Region {
  Nanos low{0}, high{0};
  std::size_t agreeing = 0;
};
Region find_majority(std::span<const Asked> servers, std::span<const std::size_t> usable) {
  Region best;
  for (const std::size_t i : usable) {
    const Nanos low = summarise(servers[i]).offset - distance_of(servers[i]);
    const std::size_t agreeing = count_agreeing(servers, usable, low);
    if (agreeing > best.agreeing) best = {low, low, agreeing};
  }
  best.high = Nanos::max();
  for (const std::size_t i : usable) {
    const Nanos offset = summarise(servers[i]).offset;
    const Nanos high = offset + distance_of(servers[i]);
    if (offset - distance_of(servers[i]) <= best.low && high >= best.low) {
      best.high = std::min(best.high, high);
    }
  }
  return best;
}

}  // namespace

Summary summarise(const Asked& asked) {
  std::vector<Measured> kept{asked.samples.begin(), asked.samples.begin() + asked.kept};
  if (kept.empty()) return {};
  std::ranges::sort(kept, {}, &Measured::delay);
  Summary summary{.offset = kept[0].offset, .delay = kept[0].delay};
  const auto asked_for = std::clamp(asked.sent, asked.kept, most_samples);
  for (int rank = 1; rank < asked_for; ++rank) {
    const auto at = static_cast<std::size_t>(rank);
    const Nanos apart =
        at < kept.size() ? std::chrono::abs(kept[at].offset - summary.offset) : lost_sample;
    summary.dispersion += apart / (1 << rank);
  }
  return summary;
}

Drop examine(const Asked& asked) {
  if (!asked.answered) return asked.untrusted ? Drop::untrusted : Drop::no_data;
  const Header& header = asked.header;
  if (header.leap == Leap::unsynchronised) return Drop::leap_alarm;
  if (header.stratum == 0 || header.stratum > 15) return Drop::strata_too_high;
  if (asked.kept == 0) return Drop::no_data;
  if (summarise(asked).delay > most_delay) return Drop::too_far_away;
  if (!header.reference.is_zero()) {
    const auto age = static_cast<std::int64_t>(header.transmit.bits - header.reference.bits);
    if (age < 0) return Drop::broken;
    if ((age >> 32) >= longest_without_sync / 1s) return Drop::too_long_without_sync;
  }
  return Drop::kept;
}

std::string_view in_words(Drop drop) {
  switch (drop) {
    case Drop::kept: return "";
    case Drop::no_data: return "no data";
    case Drop::strata_too_high: return "strata too high";
    case Drop::too_far_away: return "server too far away";
    case Drop::leap_alarm: return "Leap not in sync";
    case Drop::broken: return "server is very broken";
    case Drop::too_long_without_sync: return "Server has gone too long without sync";
    case Drop::untrusted: return "Server is untrusted";
  }
  return "";
}

std::expected<std::size_t, NoChoice> choose(std::span<const Asked> servers) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (examine(servers[i]) == Drop::kept) usable.push_back(i);
  }
  if (usable.empty()) return std::unexpected{NoChoice::nothing_usable};
  const Region region = find_majority(servers, usable);
  if (region.agreeing * 2 <= usable.size()) return std::unexpected{NoChoice::no_majority};
  std::optional<std::size_t> best;
  for (const std::size_t i : usable) {
    const Nanos offset = summarise(servers[i]).offset;
    const Nanos distance = distance_of(servers[i]);
    if (offset + distance < region.low || offset - distance > region.high) continue;
    const auto rank = [&](std::size_t k) {
      return std::pair{servers[k].header.stratum, distance_of(servers[k])};
    };
    if (!best || rank(i) < rank(*best)) best = i;
  }
  return *best;
}

}  // namespace ntp::ntpdate
