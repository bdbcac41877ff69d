// The records that cross the trust boundary, decoded: what the network side says to clockd and
// what clockd says back. Their word layout is common/board/*_board.cc and sync-board(7);
// belief in them is clockd/judge. Integers only, so that no NaN exists.
#pragma once

#include <array>
#include <cstdint>

#include "common/time/estimate.h"

namespace ntp {

inline constexpr std::uint32_t board_version = 3;

// ntpd-net -> clockd, one a change of the estimate.
struct EstimateRecord {
  std::uint64_t session = 0;    // random, from the hand-over
  std::uint64_t sequence = 0;   // strictly growing
  RawTime published{};          // raw time of publication
  Estimate line{};              // rates travel as 1e-15 units
  Nanos sample_interval{0};     // between the newest two: silence is counted in it
  Nanos time_scale{0};          // of the servo, for what may be noise: the longest
  Nanos tracking_deviation{0};  // servo's confidence
  Nanos root_distance{0};       // root delay/2 + root dispersion
  Leap leap = Leap::unsynchronised;
  std::uint8_t stratum = 16;
  std::uint8_t sources = 0;  // that agree
};

// clockd -> anyone who was handed the page: what the clock is doing. ntpd-net takes its
// knowledge of REALTIME's rate and of steps from here.
enum class ClockState : std::uint8_t {
  free_running = 0,
  synchronised = 1,
  holdover = 2,
  refused = 3
};

inline constexpr int refusal_kinds = 32;

struct StatusRecord {
  std::uint64_t generation = 0;  // clockd's start: random
  std::uint64_t accepted = 0;    // records obeyed
  ClockState state = ClockState::free_running;
  bool dry_run = false;  // -x
  Leap leap = Leap::unsynchronised;
  RawTime read_at{};       // when `error` was read
  Nanos error{0};          // REALTIME minus the estimate then; positive is ahead
  Nanos bound{0};          // worst error of REALTIME then
  Rate base_rate{};        // kernel frequency in force (REALTIME against raw), without the slew
  Rate learnt_rate{};      // frequency that survives
  RawTime last_step_at{};  // raw time of our last step; 0 = never
  Nanos last_step{0};
  std::uint64_t steps = 0;
  std::uint64_t last_accepted_sequence = 0;
  Nanos budget_left{0};
  std::array<std::uint64_t, refusal_kinds> refusals{};  // by clockd/judge's Refusal
};

}  // namespace ntp
