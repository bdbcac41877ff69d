// A sixteenth of each difference is learnt, no more than 1 us of it, so that one answer that
// waited behind others does not move the rest.
#include "ntpd-net/departures.h"

#include <algorithm>
#include <utility>

namespace ntp {
namespace {

constexpr Nanos longest{1ms};
constexpr Nanos most_surprise{1us};
constexpr int learning = 16;

Nanos learnt(Nanos old, Nanos now, int samples) {
  if (samples == 0) return now;
  const std::int64_t share = std::min(samples + 1, learning);
  return old + std::clamp(now - old, -most_surprise, most_surprise) / share;
}

}  // namespace

void SendPath::take(std::size_t place, Nanos took) {
  if (took < Nanos{0} || took > longest) return;
  if (place == 0) {
    first_ = learnt(first_, took, samples_++);
    return;
  }
  const Nanos each = (took - first_) / static_cast<std::int64_t>(place);
  if (each >= Nanos{0}) step_ = learnt(step_, each, step_samples_++);
}

std::optional<ExpectedDepartures::Expected> ExpectedDepartures::take(WireTime receive) {
  Expected& slot = slot_of(receive);
  if (receive.is_zero() || slot.receive != receive) return std::nullopt;
  return std::exchange(slot, {});
}

DepartureStore::DepartureStore(std::uint64_t random)
    : secret_{random | 1}, entries_{std::make_unique<std::array<Entry, capacity>>()} {}

DepartureStore::Entry& DepartureStore::place_of(WireTime receive) {
  const auto mixed = static_cast<unsigned __int128>(receive.bits) * secret_;
  const auto folded = static_cast<std::uint64_t>(mixed >> 64) ^ static_cast<std::uint64_t>(mixed);
  return (*entries_)[(folded ^ folded >> 32) % capacity];
}

void DepartureStore::keep(WireTime receive, WireTime guess) {
  Entry& entry = place_of(receive);
  if (entry.receive.is_zero()) ++size_;
  entry = {receive, guess};
}

bool DepartureStore::correct(WireTime receive, WireTime departure) {
  Entry& entry = place_of(receive);
  if (entry.receive != receive) return false;
  entry.departure = departure;
  return true;
}

std::optional<WireTime> DepartureStore::take(WireTime receive) {
  Entry& entry = place_of(receive);
  if (receive.is_zero() || entry.receive != receive) return std::nullopt;
  const WireTime departure = entry.departure;
  entry = {};
  --size_;
  return departure;
}

}  // namespace ntp
