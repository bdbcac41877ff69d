// Draws the fate of packets.
#include "tests/sim/path.h"

#include <algorithm>

namespace ntp::sim {

namespace {

Nanos times(Nanos mean, double factor) {
  return Nanos{std::llround(static_cast<double>(mean.count()) * factor)};
}

}  // namespace

Path::Path(PathShape shape, std::uint64_t seed)
    : shape_{std::move(shape)},
      flap_seed_{scatter(seed)},
      up_{.bottleneck = {shape_.queue_up, scatter(seed + 1)}, .seed = scatter(seed + 2)},
      down_{.bottleneck = {shape_.queue_down, scatter(seed + 3)}, .seed = scatter(seed + 4)} {
  up_.flaps.resize(shape_.flaps.size());
  down_.flaps.resize(shape_.flaps.size());
}

Nanos Path::jitter(Dice& dice, Nanos size) const {
  switch (shape_.jitter) {
    case Jitter::exponential: return times(size, dice.exponential());
    case Jitter::normal: return times(size, dice.normal());
    case Jitter::uniform: return times(size, dice.uniform());
    case Jitter::erlang3:
      return times(size, dice.exponential() + dice.exponential() + dice.exponential());
  }
  return Nanos{0};
}

Nanos Path::retried(Dice& dice) const {
  Nanos wait = times(shape_.retries.first, dice.uniform());
  Nanos window = shape_.retries.first;
  for (int i = 0; i < shape_.retries.most && dice.uniform() < shape_.retries.chance; ++i) {
    window *= 2;
    wait += times(window, dice.uniform());
  }
  return wait;
}

Nanos Path::detoured(Direction direction, TrueTime t) const {
  Nanos extra{0};
  for (const Detour& detour : shape_.detours) {
    if (t.since_zero < detour.from || t.since_zero >= detour.until) continue;
    extra += direction == Direction::up ? detour.up : detour.down;
  }
  return extra;
}

// Both directions of a flap draw the same spells: it is one route.
Nanos Path::flapped(Direction direction, Way& way, TrueTime t) {
  Nanos extra{0};
  for (std::size_t i = 0; i < shape_.flaps.size(); ++i) {
    const Flap& flap = shape_.flaps[i];
    Spell& spell = way.flaps[i];
    while (spell.until <= to_seconds(t.since_zero)) {
      Dice dice{flap_seed_ + 1000 * i + scatter(static_cast<std::uint64_t>(spell.until * 1e6))};
      const bool begins = spell.until > 0 && !spell.is_on;  // a world begins without
      spell.is_on = begins;
      spell.until += 1 + to_seconds(begins ? flap.on : flap.off) * dice.exponential();
    }
    if (spell.is_on) extra += direction == Direction::up ? flap.up : flap.down;
  }
  return extra;
}

std::optional<Nanos> Path::delay(Direction direction, TrueTime t) {
  const bool is_up = direction == Direction::up;
  Way& way = is_up ? up_ : down_;
  const TrueTime begin{t.since_zero - t.since_zero % slot};
  Dice dice{way.seed + static_cast<std::uint64_t>(begin.since_zero / slot) * 0x632be59bd9b4e019u};
  Nanos delay = is_up ? shape_.up : shape_.down;
  delay += jitter(dice, is_up ? shape_.jitter_up : shape_.jitter_down);
  if (shape_.spike_share > 0 && dice.uniform() < shape_.spike_share) {
    delay += times(shape_.spike, dice.exponential());
  }
  if (shape_.retries.chance > 0) delay += retried(dice);
  delay += detoured(direction, begin);
  delay += flapped(direction, way, begin);
  if (begin > way.seen || way.seen == TrueTime{}) {
    way.seen = begin;
    way.wait = way.bottleneck.wait_at(begin);
  }
  delay += way.wait;
  // Half of the losses on each way.
  if (shape_.loss > 0 && dice.uniform() < 1 - std::sqrt(1 - shape_.loss)) return std::nullopt;
  if (!has_link(begin)) return std::nullopt;
  return std::max(delay, Nanos{1us});
}

bool Path::has_link(TrueTime t) const {
  return shape_.link_period == Nanos{0} || t.since_zero % shape_.link_period < shape_.link_on;
}

TrueTime Path::next_seen(TrueTime t) const {
  if (shape_.link_seen == Nanos{0} || has_link(t)) return t;
  return TrueTime{t.since_zero / shape_.link_period * shape_.link_period + shape_.link_period +
                  shape_.link_seen};
}

}  // namespace ntp::sim
