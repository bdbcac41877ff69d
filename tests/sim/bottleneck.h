// One direction of a shared link: trains of other people's packets fill its buffer, the link
// drains it, and whoever comes waits for what is in front. So neighbouring packets see the same
// wait, for seconds or, when the load is high, for minutes. Carries nothing itself.
#pragma once

#include "tests/sim/dice.h"
#include "tests/sim/oscillator.h"

namespace ntp::sim {

struct Queue {
  double load = 0;            // share of the link that the trains take while they come; 0: no queue
  Nanos train{20ms};          // mean time that a train needs on the link
  double tail = 0;            // > 1: Pareto shape of the trains (self-similar); 0: exponential
  Nanos buffer{200ms};        // what does not fit is dropped from the train
  Nanos on{120s}, off{240s};  // mean spells with and without trains; off 0: always on
};

class Bottleneck {
 public:
  Bottleneck(const Queue& queue, std::uint64_t seed) : queue_{queue}, dice_{seed} {}

  // Depends on the seed and on `t` alone. REQUIRES: t never falls.
  [[nodiscard]] Nanos wait_at(TrueTime t);

 private:
  void begin_spell();
  void come_to(double now);

  Queue queue_;
  Dice dice_;
  double wait_ = 0, seen_ = 0;  // s, s since the world began
  double next_train_ = 0, spell_ends_ = 0;
  bool is_on_ = false;
};

}  // namespace ntp::sim
