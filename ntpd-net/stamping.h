// The one door where system time becomes raw time. The kernel stamps packets with
// CLOCK_REALTIME, which clockd steers and others may step; a pair of both clocks read right
// after and the rate between them give the raw time of the stamp. A stamp that cannot have
// been (from before a step, or after now) is void. Nothing past this file sees system time.
#pragma once

#include <optional>

#include "common/time/clocks.h"

namespace ntp {

// Which clock a stamp rests on, in the monitoring protocol's letters.
enum class StampKind : char { none = 0, daemon = 'D', kernel = 'K', hardware = 'H' };

struct RawStamp {
  RawTime at{};
  StampKind kind = StampKind::daemon;
};

class Stamping {
 public:
  // Takes a fresh pair; learns the rate of REALTIME against raw from the pair before. Call once
  // a wake-up, before converting that wake-up's stamps.
  void look(const Reading& pair);
  // REALTIME was stepped: what was stamped before is void and the rate is learnt anew.
  void forget();

  // The raw time of a kernel stamp; nullopt when it lies outside [`earliest`, now], give or take
  // `slack`: the clock was stepped between the stamp and the pair.
  [[nodiscard]] std::optional<RawTime> to_raw(SystemTime stamp, RawTime earliest) const;
  // The same with the fallback: `by_hand` was read by ourselves beside the call.
  [[nodiscard]] RawStamp choose(const std::optional<SystemTime>& stamp, RawTime earliest,
                                RawTime by_hand) const;

  [[nodiscard]] const Reading& last_pair() const { return pair_; }
  [[nodiscard]] Rate rate() const { return rate_; }  // REALTIME gained per raw second
  [[nodiscard]] std::uint64_t voided() const { return voided_; }

 private:
  static constexpr Nanos slack = 2us;  // a pair's worst noise when we were preempted between reads

  Reading pair_{};
  Reading base_{};  // older pair that the rate is measured from
  Rate rate_{};
  bool has_pair_ = false;
  mutable std::uint64_t voided_ = 0;
};

}  // namespace ntp
