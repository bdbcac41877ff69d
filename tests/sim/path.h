// The network between us and one server, each direction by itself: base delay, jitter, loss,
// spikes, Wi-Fi retries, detours, flapping routes, middleboxes, queues, hours without a link.
// A packet's fate depends on the seed, the direction and the quarter of a second it leaves in,
// on nothing else: whoever sends whenever meets the same world. Carries nothing.
#pragma once

#include <optional>
#include <vector>

#include "tests/sim/bottleneck.h"

namespace ntp::sim {

enum class Jitter : std::uint8_t { exponential, normal, uniform, erlang3 };
enum class Direction : std::uint8_t { up, down };

// Extra delay while the world's clock is in [from, until).
struct Detour {
  Nanos from{0}, until{0};
  Nanos up{0}, down{0};
};

// Extra delay that comes and goes: a flapping route; one way only: a middlebox.
struct Flap {
  Nanos up{0}, down{0};
  Nanos on{300s}, off{900s};  // mean spells
};

// A radio link that sends again: each try fails with `chance`, and each wait is longer.
struct Retries {
  double chance = 0;
  Nanos first{1ms};  // the first try's mean wait, doubled by each failure
  int most = 7;
};

struct PathShape {
  Nanos up{10ms}, down{10ms};          // least one-way delays
  Nanos jitter_up{0}, jitter_down{0};  // mean (exponential), sd (normal) or width (uniform)
  Jitter jitter = Jitter::exponential;
  double loss = 0;  // share of exchanges that get no answer
  double spike_share = 0;
  Nanos spike{0};  // mean extra of a spike, one direction
  Retries retries{};
  std::vector<Detour> detours{};
  std::vector<Flap> flaps{};
  Queue queue_up{}, queue_down{};
  Nanos link_period{0}, link_on{0};  // 0 = always there; else on for link_on in each period
  Nanos link_seen{0};  // > 0: the machine sees it come and go, so long after it is back
};

class Path {
 public:
  static constexpr Nanos slot{250ms};

  Path(PathShape shape, std::uint64_t seed);

  // The delay of a packet that leaves at `t`; nullopt: lost. REQUIRES: t never falls by more than
  // a slot, per direction.
  [[nodiscard]] std::optional<Nanos> delay(Direction direction, TrueTime t);
  // When a machine that sees its link asks next, if it would ask at `t`; `t` with a link.
  [[nodiscard]] TrueTime next_seen(TrueTime t) const;

 private:
  struct Spell {
    bool is_on = false;
    double until = 0;
  };
  struct Way {
    Bottleneck bottleneck;
    std::vector<Spell> flaps{};
    std::uint64_t seed = 0;
    TrueTime seen{};
    Nanos wait{0};
  };
  [[nodiscard]] bool has_link(TrueTime t) const;
  [[nodiscard]] Nanos jitter(Dice& dice, Nanos size) const;
  [[nodiscard]] Nanos retried(Dice& dice) const;
  [[nodiscard]] Nanos detoured(Direction direction, TrueTime t) const;
  [[nodiscard]] Nanos flapped(Direction direction, Way& way, TrueTime t);

  PathShape shape_;
  std::uint64_t flap_seed_;
  Way up_, down_;
};

}  // namespace ntp::sim
