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

// RMS of the line's error in seconds from 4000 s on: a crystal in a draught, a server behind a
// network asked every 64 s, and, or not, an even oscillator (`local`) of unknown phase and rate.
double rms_over_a_wild_crystal(bool has_standard, std::uint64_t seed) {
  Oscillator oscillator{{.start = ppm(12), .walk = 1e-8, .swing = ppm(1), .swing_period = 3600s},
                        seed};
  Dice dice{seed + 99};
  const RefclockSettings settings{.driver = RefclockDriver::sock, .poll = 3, .local = true};
  Ensemble ensemble{EnsembleOptions{}};
  ReferenceClocks network{ensemble, std::vector{settings}};
  const SourceIndex server = *ensemble.add({});
  refclockd::Clock clock{settings, 0};
  refclockd::History history;
  LocalStandard standard = *network.local_standard();
  std::uint64_t sequence = 0;
  double squares = 0;
  int count = 0;
  for (TrueTime t{1s}; t.since_zero < 20000s; t += 1s) {
    const RawTime raw = oscillator.raw_at(t);
    const Nanos shown = 300ms + ppm(7) * t.since_zero + to_nanos(dice.normal() * 100e-9);
    history.take({raw - 900ms, system_at(raw - 900ms), 50ns});
    history.take({raw + 1ms, system_at(raw + 1ms), 50ns});
    const refclockd::Look look{.system = system_at(raw), .utc = world_began + t.since_zero + shown};
    if (has_standard) {
      EXPECT_TRUE(refclockd::take(clock, look, history, nullptr, 0));
    }
    if (has_standard && t.since_zero % refclockd::sample_interval(clock) == 0s) {
      auto sample = refclockd::make_sample(clock);
      sample->sequence = ++sequence;
      if (network.take_local(*sample, Nanos{0})) (void)standard.take(sample->taken, sample->utc);
    }
    const Bend& bend = standard.bend();
    if (t.since_zero % 64s == 0s) {
      const auto way = [&] { return 5ms + to_nanos(dice.exponential() * 200e-6); };
      const TrueTime there = t + way(), back = there + way();
      const UtcTime utc = world_began + there.since_zero;
      ensemble.mark_reachable(server, true);
      ensemble.take(server, bend.seen(Sample{.sent = raw,
                                             .server_received = utc,
                                             .server_sent = utc,
                                             .received = oscillator.raw_at(back)}));
    }
    if (t.since_zero < 4000s || !ensemble.combined()) continue;
    const double error = to_seconds(bend.to_raw(*ensemble.combined(), raw).line.at(raw) -
                                    (world_began + t.since_zero));
    squares += error * error;
    ++count;
  }
  EXPECT_GT(count, 15900);
  return std::sqrt(squares / count);
}

TEST(Reference, ALocalStandardLeavesAFifthOfAWildCrystalsError) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const double alone = rms_over_a_wild_crystal(false, seed);
    const double steadied = rms_over_a_wild_crystal(true, seed);
    RecordProperty("alone_ns_" + std::to_string(seed), std::to_string(alone * 1e9));
    RecordProperty("steadied_ns_" + std::to_string(seed), std::to_string(steadied * 1e9));
    EXPECT_LT(steadied, 0.2 * alone) << seed;
  }
}

}  // namespace
}  // namespace ntp::sim
