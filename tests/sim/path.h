// The network between us and one server: base delays, jitter, loss, spikes, detours, queues
// and hours without a link. Draws a fate for each packet; carries nothing.
#pragma once

#include <optional>
#include <vector>

#include "tests/sim/dice.h"
#include "tests/sim/oscillator.h"

namespace ntp::sim {

enum class Jitter : std::uint8_t { none, exponential, normal, uniform };

// Extra delay while the world's clock is in [from, until).
struct Detour {
  Nanos from{0}, until{0};
  Nanos up{0}, down{0};
};

// A bottleneck shared by all packets: a queue that bursts of other people's traffic fill and
// the link drains, so that neighbouring packets see the same wait.
struct Queue {
  double load = 0;    // share of the link that cross traffic takes while it is on, 0 = no queue
  Nanos burst{20ms};  // mean transmission time of a burst
  Nanos most{200ms};  // buffer
  Nanos on{120s}, off{240s};  // mean spells
};

struct PathShape {
  Nanos up{10ms}, down{10ms};          // least one-way delays
  Nanos jitter_up{0}, jitter_down{0};  // mean (exponential), sd (normal) or width (uniform)
  Jitter jitter = Jitter::exponential;
  double loss = 0;  // share of exchanges that get no answer
  double spike_share = 0;
  Nanos spike{0};  // mean extra of a spike, one direction
  std::vector<Detour> detours{};
  Queue queue_up{}, queue_down{};
  Nanos link_period{0}, link_on{0};  // 0 = always there; else on for link_on in each period
};

struct Passage {
  Nanos up{0}, down{0};
};

class Path {
 public:
  Path(PathShape shape, std::uint64_t seed);

  // The fate of an exchange that starts at `t`; nullopt: no answer. REQUIRES: t grows.
  [[nodiscard]] std::optional<Passage> travel(TrueTime t);
  [[nodiscard]] bool is_up(TrueTime t) const;

 private:
  struct Backlog {
    Nanos wait{0};
    TrueTime seen{};
    bool on = false;
    TrueTime next_spell{};
  };
  [[nodiscard]] Nanos one_way(Nanos base, Nanos jitter);
  [[nodiscard]] Nanos queued(const Queue& queue, Backlog& backlog, TrueTime t);

  PathShape shape_;
  Dice dice_;
  Backlog up_{}, down_{};
};

}  // namespace ntp::sim
