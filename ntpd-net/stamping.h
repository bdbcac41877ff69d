// The one door where system time becomes raw time. The kernel stamps packets with
// CLOCK_REALTIME, which clockd steers and others may step; a pair of both clocks read right
// after and the rate between them give the raw time of the stamp. A stamp that cannot have
// been (from before a step, or after now) is void. Nothing past this file sees system time.
#pragma once

#include <optional>

#include "common/time/clocks.h"
#include "ntpd-net/card_line.h"

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
  // REALTIME minus raw some seconds before the last pair, by the rate that it runs at now.
  [[nodiscard]] Nanos offset_at(RawTime then) const;
  // A card's stamp, made raw already: believed within the same bounds, and where it is not far from
  // the kernel's of the same packet, which comes after an arrival and before a departure.
  [[nodiscard]] std::optional<RawTime> judge_card(const std::optional<CardTime>& stamp,
                                                  const std::optional<RawTime>& kernel,
                                                  RawTime earliest) const;
  // The best of an arrival's stamps: the card's, the kernel's, or `by_hand`, which was read by
  // ourselves beside the call.
  [[nodiscard]] RawStamp choose(const std::optional<SystemTime>& stamp, RawTime earliest,
                                RawTime by_hand,
                                const std::optional<CardTime>& card = std::nullopt) const;

  [[nodiscard]] const Reading& last_pair() const { return pair_; }
  [[nodiscard]] Rate rate() const { return rate_; }  // REALTIME gained per raw second
  [[nodiscard]] std::uint64_t voided() const { return voided_; }

 private:
  static constexpr Nanos slack = 2us;  // a pair's worst noise when we were preempted between reads
  // Between a card and the kernel lie interrupts and queues, milliseconds on a busy machine.
  static constexpr Nanos longest_queue = 100ms;

  Reading pair_{};
  Reading base_{};  // older pair that the rate is measured from
  Rate rate_{};
  bool has_pair_ = false;
  mutable std::uint64_t voided_ = 0;
};

}  // namespace ntp
