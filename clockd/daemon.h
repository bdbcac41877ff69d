// The daemon between its start and its end: one loop that waits, hears visitors, looks at the
// ring, and keeps the kernel's clock on the estimate. All decisions are elsewhere: belief in
// judge, motion in steer, leaps in leap; this is where they meet the kernel.
#pragma once

#include <optional>
#include <string>

#include "clockd/fallback.h"
#include "clockd/judge.h"
#include "clockd/leap.h"
#include "clockd/steer.h"
#include "clockd/store.h"
#include "clockd/visitors.h"
#include "common/board/estimate_board.h"
#include "common/board/status_board.h"
#include "common/os/kernel_clock.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"

namespace ntp::clockd {

// What main has opened and decided; fixed from then on.
struct Equipment {
  Policy policy{};
  uid_t feeder = 0;
  bool dry_run = false;  // -x, or no permission: say, do not do
  Fallback fallback{};
  LeapWatch leaps{};
  int tai = 0;  // for the kernel at start; 0 = leave
  Store store;
  Notifier notifier;
  std::optional<Nanos> run_for{};  // -t
};

struct Daemon {
  Equipment with;
  Visitors visitors;
  StatusWriter board;

  SystemClocks clocks{};
  KernelClock kernel{};
  Memory memory{};
  Session session{};
  std::optional<EstimateReader> ring{};
  std::optional<EstimateRecord> obeyed{};     // in force; empty in holdover
  std::optional<EstimateRecord> plausible{};  // what makestep may step to
  StatusRecord status{};
  bool is_news = true;  // the status has changed since it was shown

  Rate base{};  // in the kernel
  Playing playing{};
  bool is_hasty = true;  // never on time since the start
  RawTime started{};
  RawTime ordered{};  // the last order
  RawTime again{};    // the next one without a record; zero = none
  RawTime obeyed_at{};
  RawTime saved{};
  RawTime second{};         // when the counts below began
  int looked = 0;           // records judged this second
  int ignored_changes = 0;  // in a row, by maxchange
  Nanos asleep{0};          // BOOTTIME minus MONOTONIC
  RawTime fallback_look{};  // without an estimate: when another average counts; zero = never
  RawTime leap_look{};      // when to look at the leap table again
};

// After `begin`, until a signal, -t, or an error after which nothing may be believed: the kernel
// does not do as told, or root's maxchange says to end.
[[nodiscard]] Result<void> run(Daemon& daemon);

// -- the loop's parts, for worlds that wait by themselves (tests/sim/ntpd_sim.cc) --

// Before the loop: takes up what the store and the kernel hold, and shows itself.
[[nodiscard]] Result<void> begin(Daemon& daemon);
// All that is due now: the ring's news, sleep, silence, leap seconds, steering.
[[nodiscard]] Result<void> fulfil_duties(Daemon& daemon);
// Time left to the nearest duty; negative = none.
[[nodiscard]] Nanos until_due(const Daemon& daemon, RawTime now);
// After the loop: the rate stays, the slew ends.
[[nodiscard]] Result<void> leave(Daemon& daemon);

// -- the parts --

// How long a record holds without another one (check 16).
[[nodiscard]] Nanos patience(const EstimateRecord& record);

// A message from a visitor, answered (command.cc).
void serve(Daemon& daemon, std::size_t place);
// Gives an order to the kernel, or says it with -x (daemon.cc).
[[nodiscard]] Result<void> apply(Daemon& daemon, const Order& order, const Reading& now);
[[nodiscard]] Result<void> step(Daemon& daemon, Nanos advance, RawTime now);
void count(Daemon& daemon, Refusal refusal);
void show(Daemon& daemon, const Reading& now);

}  // namespace ntp::clockd
