// Moves the queue train by train from the last look to now.
#include "tests/sim/bottleneck.h"

#include <algorithm>

namespace ntp::sim {

void Bottleneck::come_to(double now) {
  wait_ = std::max(0.0, wait_ - (now - seen_));
  seen_ = now;
}

void Bottleneck::begin_spell() {
  is_on_ = !is_on_ || queue_.off <= Nanos{0};
  spell_ends_ += to_seconds(is_on_ ? queue_.on : queue_.off) * dice_.exponential();
  next_train_ = seen_;
}

Nanos Bottleneck::wait_at(TrueTime t) {
  if (queue_.load <= 0) return Nanos{0};
  const double now = to_seconds(t.since_zero), train = to_seconds(queue_.train);
  while (true) {
    if (!is_on_ || next_train_ > spell_ends_) {
      if (spell_ends_ > now) break;
      come_to(spell_ends_);
      begin_spell();
      continue;
    }
    if (next_train_ > now) break;
    come_to(next_train_);
    const double size = queue_.tail > 1 ? dice_.pareto(queue_.tail) : dice_.exponential();
    wait_ = std::min(wait_ + train * size, to_seconds(queue_.buffer));
    next_train_ += train / queue_.load * dice_.exponential();
  }
  come_to(now);
  return to_nanos(wait_);
}

}  // namespace ntp::sim
