// Draws the fate of packets.
#include "tests/sim/path.h"

#include <algorithm>

namespace ntp::sim {

namespace {

Nanos times(Nanos mean, double factor) {
  return Nanos{std::llround(static_cast<double>(mean.count()) * factor)};
}

}  // namespace

Path::Path(PathShape shape, std::uint64_t seed) : shape_{std::move(shape)}, dice_{seed} {}

bool Path::is_up(TrueTime t) const {
  return shape_.link_period == Nanos{0} || t.since_zero % shape_.link_period < shape_.link_on;
}

Nanos Path::one_way(Nanos base, Nanos jitter) {
  Nanos extra{0};
  switch (shape_.jitter) {
    case Jitter::none: break;
    case Jitter::exponential: extra = times(jitter, dice_.exponential()); break;
    case Jitter::normal: extra = times(jitter, dice_.normal()); break;
    case Jitter::uniform: extra = times(jitter, dice_.uniform()); break;
  }
  if (shape_.spike_share > 0 && dice_.uniform() < shape_.spike_share) {
    extra += times(shape_.spike, dice_.exponential());
  }
  return std::max(base + extra, Nanos{1us});
}

// The waiting time of an M/M/1-like queue, moved burst by burst from the last look to now.
Nanos Path::queued(const Queue& queue, Backlog& backlog, TrueTime t) {
  if (queue.load <= 0) return Nanos{0};
  while (backlog.seen < t) {
    if (backlog.seen >= backlog.next_spell) {
      backlog.on = !backlog.on;
      backlog.next_spell =
          backlog.seen + times(backlog.on ? queue.on : queue.off, dice_.exponential());
    }
    TrueTime next = std::min(t, backlog.next_spell);
    if (backlog.on) {
      const TrueTime arrival =
          backlog.seen + times(times(queue.burst, 1 / queue.load), dice_.exponential());
      if (arrival < next) {
        backlog.wait = std::max(backlog.wait - (arrival - backlog.seen), Nanos{0});
        backlog.wait = std::min(backlog.wait + times(queue.burst, dice_.exponential()), queue.most);
        backlog.seen = arrival;
        continue;
      }
    }
    backlog.wait = std::max(backlog.wait - (next - backlog.seen), Nanos{0});
    backlog.seen = next;
  }
  return backlog.wait;
}

std::optional<Passage> Path::travel(TrueTime t) {
  Passage passage{one_way(shape_.up, shape_.jitter_up), one_way(shape_.down, shape_.jitter_down)};
  const bool lost = shape_.loss > 0 && dice_.uniform() < shape_.loss;
  passage.up += queued(shape_.queue_up, up_, t);
  passage.down += queued(shape_.queue_down, down_, t + passage.up);
  for (const Detour& detour : shape_.detours) {
    if (t.since_zero < detour.from || t.since_zero >= detour.until) continue;
    passage.up += detour.up;
    passage.down += detour.down;
  }
  if (lost || !is_up(t)) return std::nullopt;
  return passage;
}

}  // namespace ntp::sim
