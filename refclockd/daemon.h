// refclockd at work: asks every clock when its time has come, publishes what their windows say,
// hands the ring to readers. Opens nothing.
#pragma once

#include <vector>

#include "common/board/sample_board.h"
#include "common/os/log_file.h"
#include "common/os/system_clocks.h"
#include "refclockd/clock.h"
#include "refclockd/readers.h"

namespace ntp::refclockd {

inline constexpr std::size_t most_clocks = 64;

struct Daemon {
  std::vector<Clock> clocks;
  Readers readers;
  SampleBoardWriter ring;
  Nanos limit{0};  // ends after; 0 = never
  OwnLog log{};    // `log refclocks`
  SystemClocks machine{};
  History history{};
  std::uint64_t sequence = 0;  // of the last sample; from raw time on: a restart goes on
};

// Starts the timers. REQUIRES: 1 to most_clocks clocks.
void begin(Daemon& daemon);
// Looks where a look is due, publishes what is whole; the earliest time at which more is due.
[[nodiscard]] MonotonicTime serve_clocks(Daemon& daemon, MonotonicTime now);

// All of it, until a signal or the limit. REQUIRES: confined; 1 to most_clocks clocks.
[[nodiscard]] Result<void> run(Daemon& daemon);

}  // namespace ntp::refclockd
