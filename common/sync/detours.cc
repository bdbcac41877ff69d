// See detours.h.
#include "common/sync/detours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "common/sync/line_params.h"

namespace ntp {
namespace {

// Median over minimum; members in order of their round trips.
double spread_of(std::span<const Excess> sorted) {
  return sorted[sorted.size() / 2].both() - sorted.front().both();
}

// Median of how they are divided, each weighed by how well the line knew.
double division_of(std::span<Excess> group, double wait) {
  const auto weight_of = [&](const Excess& e) { return 1 / (square(e.deviation) + square(wait)); };
  std::ranges::sort(group, {}, &Excess::uneven);
  double weights = 0, below = 0;
  for (const Excess& each : group) weights += weight_of(each);
  const auto middle = std::ranges::find_if(
      group, [&](const Excess& each) { return (below += weight_of(each)) >= weights / 2; });
  return middle->uneven();
}

}  // namespace

// The least of n round trips, each of two exponential waits, is late by sqrt(pi/2n) of a wait.
double Detours::Known::both() const {
  return least - wait * std::sqrt(std::numbers::pi / 2 / samples);
}

TimedDelays Detours::Known::taken_off(TimedDelays exchange) const {
  exchange.delays.up -= up();
  exchange.delays.down -= down();
  return exchange;
}

void Detours::Known::believe_simplest(double doubt) {
  if (std::abs(uneven) < doubt) {
    uneven = 0;
  } else if (std::abs(both() / 2 - std::abs(uneven)) < doubt) {
    uneven = std::copysign(both() / 2, uneven);
  } else {
    return;
  }
  const double inexact = detour::inexact_share * both();
  if (variance < square(detour::exact_waits * wait)) variance = std::min(variance, square(inexact));
  is_settled = true;
}

double Detours::Known::doubt(const Excess& seen) const {
  return detour::same_waits * wait +
         detour::same_sds * std::sqrt(variance + square(seen.deviation));
}

// Late as it is, it may have come this way and then waited.
bool Detours::Known::fits(const Excess& seen) const {
  return seen.both() > both() - detour::most_early * wait && seen.up > up() - doubt(seen) &&
         seen.down > down() - doubt(seen);
}

// Its round trip is of this level, and divided like it.
bool Detours::Known::has_made(const Excess& seen) const {
  const double beyond = seen.both() - both();
  return beyond > -detour::most_early * wait && beyond < detour::most_late * wait &&
         std::abs(seen.uneven() - uneven) <= std::max(beyond, 0.0) / 2 + doubt(seen);
}

// Divided like this way's samples, and earlier: a queue's level, not a way's. Ways are learnt from
// few samples, which may be sharper than the path by chance.
bool Detours::Known::is_undercut_by(const Excess& seen, double path_wait) const {
  const double early = both() - seen.both(), scale = std::max(wait, path_wait);
  return seen.both() > detour::most_late * path_wait && early > detour::most_early * scale &&
         early < detour::most_late * scale &&
         std::abs(seen.uneven() - uneven) <= early / 2 + doubt(seen);
}

bool Detours::Strange::note(const Excess& seen) {
  if (count > 0 && seen.time - kept.front().time < detour::apart) return false;
  std::shift_right(kept.begin(), kept.end(), 1);
  kept.front() = seen;
  count = std::min(count + 1, kept.size());
  return true;
}

const Detours::Known* Detours::way_of(const Excess& seen, double wait) {
  const auto known = std::span{known_}.first(known_count_);
  for (Known& each : known) ++each.age;
  if (way_ && known_[*way_].is_undercut_by(seen, wait)) forget(*way_);
  if (way_ && known_[*way_].has_made(seen)) return on(*way_, seen);
  const auto found = std::ranges::find_if(known, [&](const Known& k) { return k.has_made(seen); });
  const bool is_late = seen.both() > path::late_waits * wait;
  if (found == known.end()) {
    in_a_row_ = 0;
    if (way_ && is_late && known_[*way_].fits(seen)) return way();
    way_.reset();
    return hear_of(seen, wait, is_late);
  }
  ++in_a_row_;
  if (found->least < detour::plain * wait && in_a_row_ < detour::hidden_run) {
    way_.reset();
    return nullptr;
  }
  return on(static_cast<std::size_t>(found - known.begin()), seen);
}

// No sample is of its level any more, and its place is the first to be taken.
void Detours::forget(std::size_t index) {
  known_[index] = {.least = INFINITY, .samples = 1, .age = std::numeric_limits<int>::max() / 2};
  if (way_ == index) way_.reset();
}

const Detours::Known* Detours::on(std::size_t index, const Excess& seen) {
  Known& known = known_[index];
  way_ = index;
  known.age = 0;
  known.wait += detour::wait_gain * (std::max(seen.both() - known.both(), 0.0) / 2 - known.wait);
  known.samples = std::min(known.samples + 1, detour::most_samples);
  known.least =
      std::max({std::min(known.least, seen.both()), known.least - detour::fall * known.wait,
                known.first - detour::most_fall * known.wait});
  return way();
}

const Detours::Known* Detours::hear_of(const Excess& seen, double wait, bool is_late) {
  std::optional<Known> learnt;
  if (is_late && late_.note(seen)) learnt = learn_late(wait);
  if (recent_.note(seen) && !learnt) learnt = learn_two_groups();
  if (!learnt) return nullptr;
  Known* rival = near(*learnt);
  const bool is_lower = rival && learnt->least < rival->least - rival->wait;
  if (rival && rival->age < detour::in_use && !is_lower) return nullptr;
  const std::size_t place = put(*learnt, rival ? *rival : free_place());
  if (learnt->has_made(seen)) way_ = place;
  return way();
}

const Detours::Known* Detours::take(Known known) {
  if (way_) {
    known.least += known_[*way_].both();
    known.uneven += known_[*way_].uneven;
  }
  way_ = put(known, free_place());
  return way();
}

// That of the one that was not taken for the longest time, if there is no other.
Detours::Known& Detours::free_place() {
  return known_count_ < known_.size() ? known_[known_count_++]
                                      : *std::ranges::max_element(known_, {}, &Known::age);
}

std::size_t Detours::put(const Known& known, Known& place) {
  place = known;
  place.first = known.least;
  late_.count = recent_.count = 0;
  return static_cast<std::size_t>(&place - known_.data());
}

void Detours::settle(std::size_t index, double uneven, double variance) {
  Known& known = known_[index];
  known.is_settled = true;
  if (variance > known.variance) return;
  known.uneven += uneven;
  known.variance = variance;
}

// Does the newest late sample have its like? A level has an edge: nothing just below it that is
// divided like it.
std::optional<Detours::Known> Detours::learn_late(double wait) const {
  const Excess& newest = late_.kept.front();
  const double reach = detour::most_late * wait;
  std::array<Excess, detour::kept> alike{};
  std::size_t count = 0;
  for (const Excess& late : late_.all()) {
    const double below = newest.both() - late.both();
    const double off = std::abs(late.uneven() - newest.uneven());
    const double sd = std::hypot(late.deviation, newest.deviation);
    const bool may_be_lower = off <= below / 2 + detour::same_sds * sd;
    if (below > reach && below < 2 * reach && may_be_lower) return std::nullopt;
    if (std::abs(below) <= reach && off <= reach / 2 + detour::same_sds * sd) alike[count++] = late;
  }
  if (count < detour::of_late) return std::nullopt;
  return judge(std::span{alike}.first(count), wait);
}

// Are the newest samples of two levels, in turn? Then the noise is that of each, whatever was
// learnt of both together.
std::optional<Detours::Known> Detours::learn_two_groups() const {
  if (recent_.count < detour::kept) return std::nullopt;
  auto sorted = recent_.kept;
  std::ranges::sort(sorted, {}, &Excess::both);
  const auto trip = [&](std::size_t i) { return sorted[i].both(); };
  for (std::size_t n = detour::of_group; n + detour::of_group <= detour::kept; ++n) {
    const double range = std::max(trip(n - 1) - trip(0), trip(detour::kept - 1) - trip(n));
    if (trip(n) - trip(n - 1) < detour::gap * range) continue;
    if (turns_about(trip(n)) < detour::turns) return std::nullopt;
    const auto low = std::span{sorted}.first(n), high = std::span{sorted}.subspan(n);
    const double wait = spread_of(low) / detour::waits_of_spread;
    const double here = trip(0) / 2, uneven = division_of(low, wait);
    for (Excess& each : high) {
      each.up -= here + uneven;
      each.down -= here - uneven;
    }
    return judge(high, wait);
  }
  return std::nullopt;
}

int Detours::turns_about(double border) const {
  int turns = 0;
  for (std::size_t i = 1; i < recent_.count; ++i) {
    const bool was_high = recent_.kept[i - 1].both() >= border;
    turns += was_high != (recent_.kept[i].both() >= border) ? 1 : 0;
  }
  return turns;
}

// Sharp, clear of the known path, and divided well enough to tell.
std::optional<Detours::Known> Detours::judge(std::span<Excess> alike, double wait) {
  std::ranges::sort(alike, {}, &Excess::both);
  const double rise = alike.front().both(), spread = spread_of(alike);
  if (rise < detour::clear * wait || rise < path::rise_in_spreads * spread ||
      spread > detour::most_spread * wait) {
    return std::nullopt;
  }
  const double line = std::ranges::min(alike, {}, &Excess::deviation).deviation;
  const double sd = std::hypot(line, spread / std::sqrt(static_cast<double>(alike.size())));
  if (sd > detour::most_doubt * rise) return std::nullopt;
  Known level{.least = rise,
              .uneven = division_of(alike, wait),
              .variance = square(sd),
              .wait = std::max(spread / detour::waits_of_spread, wait / 2),
              .samples = static_cast<int>(alike.size())};
  level.believe_simplest(detour::simple_sds * sd);
  return level;
}

Detours::Known* Detours::near(const Known& level) {
  const double reach = 2 * detour::most_late * level.wait;
  const auto known = std::span{known_}.first(known_count_);
  const auto found = std::ranges::find_if(known, [&](const Known& k) {
    return std::abs(k.least - level.least) < reach && std::abs(k.uneven - level.uneven) < reach;
  });
  return found == known.end() ? nullptr : &*found;
}

void Detours::shift(double base) {
  for (Known& known : std::span{known_}.first(known_count_)) {
    known.least -= 2 * base;
    known.first -= 2 * base;
  }
  late_.count = recent_.count = 0;
}

}  // namespace ntp
