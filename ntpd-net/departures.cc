// Medians of what was measured, and two small tables.
#include "ntpd-net/departures.h"

#include <algorithm>
#include <utility>

namespace ntp {
namespace {

constexpr Nanos longest{1ms};

}  // namespace

void RunningMedian::take(Nanos sample) {
  samples_[count_++ % window] = sample;
  std::array<Nanos, window> sorted = samples_;
  const std::size_t used = std::min(count_, window);
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(used / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(used));
  value_ = *middle;
}

void SendPath::take(std::size_t place, Nanos took) {
  if (took < Nanos{0} || took > longest) return;
  if (place == 0) {
    sampled_first_.take(took);
    return learn();
  }
  const Nanos each = (took - sampled_first_.value()) / static_cast<std::int64_t>(place);
  if (each >= Nanos{0}) step_.take(each);
}

void SendPath::take_call(bool sampled, Nanos took) {
  if (took <= Nanos{0} || took > longest) return;
  (sampled ? sampled_call_ : plain_call_).take(took);
  learn();
}

void SendPath::learn() {
  const Nanos sampled = sampled_call_.value();
  const Nanos plain = plain_call_.value();
  const double share = sampled > Nanos{0} && plain > Nanos{0}
                           ? std::clamp(to_seconds(plain) / to_seconds(sampled), 0.25, 1.0)
                           : 1.0;
  first_ = to_nanos(to_seconds(sampled_first_.value()) * share);
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
  entry = {receive, {guess, Count::daemon_transmit_stamps}};
}

bool DepartureStore::correct(WireTime receive, WireTime departure, Count by) {
  Entry& entry = place_of(receive);
  if (entry.receive != receive) return false;
  entry.departed = {departure, by};
  return true;
}

std::optional<DepartureStore::Departed> DepartureStore::take(WireTime receive) {
  Entry& entry = place_of(receive);
  if (receive.is_zero() || entry.receive != receive) return std::nullopt;
  const Departed departed = entry.departed;
  entry = {};
  --size_;
  return departed;
}

std::uint64_t DepartureStore::seconds(UtcTime now) const {
  Nanos span{0};
  for (const Entry& entry : *entries_)
    if (!entry.receive.is_zero()) span = std::max(span, now - from_wire(entry.receive));
  return static_cast<std::uint64_t>(span / 1s);
}

}  // namespace ntp
