// Belief: whether a record from the network side may move the clock. Works on a private copy,
// reads no clock, calls nothing, changes nothing: `judge` says, `take` remembers. The network
// side may be wholly hostile; what it can do at most is what Policy and the corridor allow.
#pragma once

#include <optional>

#include "clockd/corridor.h"
#include "clockd/policy.h"
#include "common/board/records.h"
#include "common/board/refusal.h"
#include "common/time/clocks.h"

namespace ntp::clockd {

// A boot passes through these once. `open`: root's makestep rules, as in chrony. `learning`:
// a wide corridor while the rate is found. `locked`: the narrow one, for ever.
enum class Phase : std::uint32_t { open = 0, learning = 1, locked = 2 };

// What survives a restart of clockd within a boot; clockd/store writes it as it lies here.
struct Memory {
  Phase phase = Phase::open;
  std::uint32_t updates = 0;  // records obeyed
  std::uint32_t steps = 0;    // of the clock, by policy or root
  std::uint32_t lessons = 0;  // records that taught the rate, in this boot or an earlier one
  RawTime phase_began{};      // learning: when it began
  Rate learnt{};              // UTC gained per raw second, smoothed; valid after a lesson
  Corridor corridor{};        // from `learning` on
  UtcTime floor{};            // the latest time that has certainly passed

  bool operator==(const Memory&) const = default;
};

// What belongs to one ring.
struct Session {
  std::uint64_t id = 0;
  std::uint64_t sequence = 0;       // of the last obeyed record
  RawTime published{};              // likewise
  RawTime not_before{};             // records published earlier are void (suspend)
  std::optional<RawTime> taught{};  // when a record was obeyed last, of any session
};

struct Verdict {
  std::optional<Refusal> refusal{};
  bool steps = false;         // step instead of slewing
  Nanos error{0};             // REALTIME minus the estimate; valid unless refused early
  bool is_plausible = false;  // true also if only gate, budget or maxchange stood against it
};

// `is_near_leap`: within leap_quiet of a leap second that root announced.
[[nodiscard]] Verdict judge(const EstimateRecord& record, const Reading& now, const Policy& policy,
                            const Memory& memory, const Session& session, bool is_near_leap);

// Remembers an obeyed record.
void take(const EstimateRecord& record, const Verdict& verdict, RawTime now, const Policy& policy,
          Memory& memory, Session& session);

// Root's command: step to this estimate, draw the corridor anew and forget the floor above it.
void pin_by_command(const EstimateRecord& record, RawTime now, Memory& memory);

// Whether the line puts time where it may be now; while the phase is open, anywhere.
[[nodiscard]] bool is_in_corridor(const Estimate& line, RawTime now, const Memory& memory);

// The rate to run on at when nobody speaks: as taught, but away from the corridor no faster than it
// widens. A hostile network side teaches a rate at its leisure and then falls silent.
[[nodiscard]] Rate held_rate(Rate taught, const Memory& memory);

// How fast the corridor widens in this phase.
[[nodiscard]] Rate growth_of(Phase phase);

}  // namespace ntp::clockd
