// A world of true time: one machine with its crystal, kernel clock and our corridor from
// sample to kernel, some servers and the paths to them. Days pass in a fraction of a second,
// the same seed gives the same world. Production code does everything between the exchange
// and the kernel: Ensemble, PollControl, judge, steer. No packets, no processes: those are
// the hosts' and the guest's worlds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/conf/clock_settings.h"
#include "common/sync/ensemble.h"
#include "tests/sim/oscillator.h"
#include "tests/sim/path.h"

namespace ntp::sim {

// A server whose clock shows the truth plus `offset` plus `drift` since `drifts_from`.
struct ServerShape {
  PathShape path{};
  Nanos offset{0};
  Rate drift{};
  Nanos drifts_from{0};
  std::uint8_t stratum = 1;
  Nanos root_delay{0};
  Nanos root_dispersion{0};
  Nanos joins{0}, leaves{0};  // asked from .. until; 0 = always
  SourceOptions options{};
};

struct Scenario {
  std::string name{};
  Nanos length{20000s};
  Nanos warm{4000s};  // statistics begin here
  OscillatorShape oscillator{};
  std::vector<ServerShape> servers{1};
  PollOptions poll{.burst_at_start = true};
  Nanos wrong{0};          // the machine's clock at the start; positive is ahead
  ClockSettings policy{};  // makestep, maxchange and the like
  std::optional<Rate> drift_file{};
};

// Errors: of the machine's clock against the truth, at every full second after `warm`.
struct Outcome {
  double rms = 0, p99 = 0, most = 0;  // s
  double rate_rms = 0;                // of the steered clock's rate
  double first_window[4] = {};        // RMS in 10-30, 30-100, 100-300, 300-1000 s after the start
  double within_millisecond = -1;     // s until the error stays below 1 ms for good, -1 never
  double rate_within_ppm = -1;        // s until the rate stays below 1 ppm for 100 s, -1 never
  double inside_bound = 0;            // share of seconds with the error inside the published bound
  double sigma_ratio = 0;             // RMS of line error over claimed deviation
  int packets = 0;
  int steps = 0;
  int refused = 0;  // records the judge turned down
  int poll_changes = 0;
  double servo_rms = 0;  // steered clock against the line, after warm
};

[[nodiscard]] Outcome simulate(const Scenario& scenario, std::uint64_t seed);

}  // namespace ntp::sim
