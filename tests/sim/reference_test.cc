// Claims about reference clocks in the simulated world: from a writer's noisy stamps through
// refclockd's filter and ntpd-net's belief to the ensemble's line, by production code alone.
#include <gtest/gtest.h>

#include <cmath>

#include "ntpd-net/reference_clocks.h"
#include "refclockd/clock.h"
#include "tests/sim/dice.h"
#include "tests/sim/oscillator.h"

namespace ntp::sim {
namespace {

constexpr UtcTime world_began{std::chrono::seconds{1'800'000'000}};  // 2027

struct Writer {
  double noise = 1e-6;  // s, one standard deviation
  double outliers = 0;  // share of stamps that come up to 100 ms late
};

// The machine's system clock is 30 ppm off its raw clock: stamps must be made raw, not believed.
SystemTime system_at(RawTime raw) {
  return SystemTime{world_began.since_zero + raw.since_zero + ppm(30) * raw.since_zero};
}

// RMS of the line's error in seconds, over every second from 4000 s on.
double rms_of_line(const RefclockSettings& settings, const Writer& writer, std::uint64_t seed) {
  Oscillator oscillator{{.start = ppm(12), .walk = 1e-9}, seed};
  Dice dice{seed + 99};
  Ensemble ensemble{EnsembleOptions{}};
  const std::vector lines{settings};
  ReferenceClocks network{ensemble, lines};
  refclockd::Clock clock{settings, 0};
  refclockd::History history;
  const Nanos poll = refclockd::sample_interval(clock);
  std::uint64_t sequence = 0;
  double squares = 0;
  int count = 0;
  for (TrueTime t{1s}; t.since_zero < 12000s; t += 1s) {
    const RawTime raw = oscillator.raw_at(t);
    const bool is_late = dice.uniform() < writer.outliers;
    const Nanos late = to_nanos(dice.normal() * writer.noise + is_late * dice.uniform() * 0.1);
    const refclockd::Look look{.system = system_at(raw), .utc = world_began + t.since_zero - late};
    history.take({raw - 900ms, system_at(raw - 900ms), 50ns});
    history.take({raw + 1ms, system_at(raw + 1ms), 50ns});
    EXPECT_TRUE(refclockd::take(clock, look, history, nullptr, 0));
    if (t.since_zero % poll == 0s) {
      auto sample = refclockd::make_sample(clock);
      if (!sample) continue;
      sample->sequence = ++sequence;
      const auto taken = network.take(*sample, ensemble.combined(), Nanos{0});
      if (taken) ensemble.take(SourceIndex{taken->first}, taken->second);
    }
    if (t.since_zero < 4000s || !ensemble.combined()) continue;
    const double error =
        to_seconds(ensemble.combined()->line.at(raw) - (world_began + t.since_zero));
    squares += error * error;
    ++count;
  }
  EXPECT_GT(count, 7900);
  return std::sqrt(squares / count);
}

TEST(Reference, AWriterWithAMicrosecondOfNoiseGivesALineWithinAThirdOfIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const double rms = rms_of_line({.driver = RefclockDriver::shm, .parameter = "0"}, {}, seed);
    RecordProperty("rms_ns_" + std::to_string(seed), std::to_string(rms * 1e9));
    EXPECT_LT(rms, 0.30e-6) << seed;
    EXPECT_GT(rms, 0.01e-6) << seed;  // there is noise in this world
  }
}

TEST(Reference, AStampInTwentyThatComesLateCostsLittle) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const double rms = rms_of_line({.driver = RefclockDriver::shm, .parameter = "0"},
                                   {.noise = 1e-6, .outliers = 0.05}, seed);
    EXPECT_LT(rms, 0.45e-6) << seed;
  }
}

}  // namespace
}  // namespace ntp::sim
