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
#include "tests/sim/outcome.h"
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

// A program ends at `at` and is back `dark` later: clockd with its store, the client with the
// drift file and as many of each source's samples as `dumpdir` keeps.
struct Restart {
  Nanos at{0}, dark{2s};
  bool is_clockd = false;
  std::size_t kept = 0;
};

struct Scenario {
  std::string name{};
  Nanos length{20000s};
  Nanos warm{4000s};  // statistics begin here
  OscillatorShape oscillator{};
  std::vector<ServerShape> servers{1};
  PollOptions poll{.burst_at_start = true};
  Nanos wrong{0};                    // the machine's clock at the start; positive is ahead
  ClockSettings policy{};            // makestep, maxchange and the like
  std::optional<Rate> drift_file{};  // as the file says it: positive when the clock gains
  std::vector<Restart> restarts{};   // in the order of `at`
};

// `errors`: gets the clock's error at every second since the world began, s.
[[nodiscard]] Outcome simulate(const Scenario& scenario, std::uint64_t seed,
                               std::vector<float>* errors = nullptr);

// What a seed makes of a scenario, for whoever else wants to live in that world.
[[nodiscard]] Oscillator crystal_of(const Scenario& scenario, std::uint64_t seed);
// `number`: the server's place in the scenario, from 1.
[[nodiscard]] Path path_of(const ServerShape& server, std::uint64_t seed, std::uint64_t number);

}  // namespace ntp::sim
