// Claims of the comparison of servers: the oscillator cancels, a drifter stands out soon after it
// began, honest servers do not, whatever the oscillator does between their samples.
#include "common/sync/mutual_drift.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "common/sync/selection_params.h"

namespace ntp {
namespace {

constexpr double wait = 5e-4;                  // mean of each direction, s
constexpr double noise = 2 * wait * wait / 4;  // variance of an offset

// Servers asked in turn, `every` s in all, over a wild oscillator; server 1 gains `drift` from
// `begin` s on.
struct Servers {
  explicit Servers(unsigned seed) : chance{seed} {}
  // For all that is kept, and a long time.
  static Servers that_drift_by(double drift, unsigned seed) {
    Servers servers{seed};
    servers.every = 100;
    servers.drift = drift;
    servers.ask(static_cast<int>(selection::newest_compared));
    return servers;
  }

  void ask(int rounds) {
    std::exponential_distribution<double> late{1 / wait};
    std::normal_distribution<double> normal;
    for (int i = 0; i < rounds * static_cast<int>(all.size()); ++i) {
      for (int second = 0; second < every; ++second, now += 1) {
        rate += 2e-9 * normal(chance);
        common += rate;
      }
      const std::size_t server = static_cast<std::size_t>(i) % all.size();
      const double up = late(chance), down = late(chance);
      const double own = server == 1 ? drift * std::max(0.0, now - begin) : 0;
      all[server].push_back({RawTime{to_nanos(now)}, to_nanos(common + own + (up - down) / 2),
                             (up + down) * (up + down) / 12});
    }
  }
  [[nodiscard]] MeasuredOffsets newest(std::size_t server) const {
    const std::vector<MeasuredOffset>& s = all[server];
    return std::span{s}.last(std::min(s.size(), selection::newest_compared));
  }
  // The server first, as whose sample is new.
  [[nodiscard]] bool accuses(std::size_t server, bool did = false) const {
    std::vector<MeasuredOffsets> servers{newest(server)};
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != server) servers.push_back(newest(i));
    }
    return runs_away(servers, did);
  }

  std::mt19937 chance;
  int every = 20;
  double drift = 0, begin = 0;
  double rate = 10e-6, common = 0, now = 0;
  std::vector<std::vector<MeasuredOffset>> all{4};
};

TEST(MutualDrift, TheOscillatorCancelsAndTheDriftOfAFifthOfAPpmIsSeen) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Servers servers = Servers::that_drift_by(2e-7, seed);
    const auto drift = drift_between(servers.newest(1), servers.newest(0), RawTime{});
    ASSERT_TRUE(drift);
    const double deviation = std::sqrt(drift->variance);
    EXPECT_NEAR(drift->rate, 2e-7, 5 * deviation);
    EXPECT_LT(deviation, 4e-8);
  }
}

TEST(MutualDrift, OnlyTheDrifterStandsOut) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Servers servers = Servers::that_drift_by(4e-7, seed);
    EXPECT_TRUE(servers.accuses(1)) << seed;
    for (const std::size_t honest : {0U, 2U, 3U}) EXPECT_FALSE(servers.accuses(honest)) << seed;
  }
}

// A straight line through all that is kept would be as long behind as it is long.
TEST(MutualDrift, ADriftThatBeganLateIsSeenBeforeTheHistoryIsFullOfIt) {
  int rounds = 0;
  constexpr int seeds = 20;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    Servers servers{seed};
    servers.ask(32);
    servers.begin = servers.now;
    servers.drift = 4e-6;
    while (!servers.accuses(1) && rounds < 1000) servers.ask(1), ++rounds;
  }
  EXPECT_LT(rounds, 6 * seeds);
}

// Of servers that are tested at each of their samples.
TEST(MutualDrift, HonestServersAreAccusedOnceInAThousandTestsAtMost) {
  int accused = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Servers servers{seed};
    for (int i = 0; i < 100; ++i) {
      servers.ask(1);
      for (std::size_t server = 0; server < 4; ++server) accused += servers.accuses(server) ? 1 : 0;
    }
  }
  EXPECT_LE(accused, 8);
}

// One that is asked five times as often as the other: lines between the other's samples would be
// taken for samples, and three in ten pairs of honest servers for a pair that drifts.
TEST(MutualDrift, WhatLiesBetweenTwoSamplesIsNoEvidence) {
  std::mt19937 chance{1};
  std::exponential_distribution<double> late{1 / wait};
  int apart = 0;
  for (int pair = 0; pair < 200; ++pair) {
    std::vector<MeasuredOffset> often, seldom;
    for (int i = 0; i < 32; ++i) {
      const RawTime now{40s * i};
      often.push_back({now, to_nanos((late(chance) - late(chance)) / 100), noise / 2500});
      if (i % 5 == 0) seldom.push_back({now, to_nanos((late(chance) - late(chance)) / 2), noise});
    }
    const auto there = drift_between(often, seldom, RawTime{});
    const auto back = drift_between(seldom, often, RawTime{});
    ASSERT_TRUE(there && back);
    EXPECT_DOUBLE_EQ(there->rate, -back->rate);
    EXPECT_GT(there->others, 0.9);
    EXPECT_NEAR(there->others + back->others, 1, 1e-9);
    apart += there->rate * there->rate > 9 * there->variance ? 1 : 0;
  }
  EXPECT_LT(apart, 6);
}

// Sharp servers, and a crystal that jumps: what the straight line between two samples cuts off is
// hundreds of times their noise.
TEST(MutualDrift, AJumpOfTheOscillatorIsNobodysDrift) {
  int accused = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 chance{seed};
    std::normal_distribution<double> normal{0, 2e-6};
    std::array<std::vector<MeasuredOffset>, 3> all;
    double rate = 0, common = 0;
    for (int i = 0; i < 96; ++i) {
      if (i == 60) rate = 5e-6;
      common += rate * 20;
      all[static_cast<std::size_t>(i) % 3].push_back(
          {RawTime{20s * i}, to_nanos(common + normal(chance)), 4e-12});
      for (std::size_t k = 0; k < 3 && i >= 60; ++k) {
        const std::array<MeasuredOffsets, 3> servers{all[k], all[(k + 1) % 3], all[(k + 2) % 3]};
        accused += runs_away(servers, false) ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(accused, 0);
}

TEST(MutualDrift, WhoAgreesAgainIsNoDrifterAnyMore) {
  Servers servers{1};
  servers.drift = 1e-5;
  servers.ask(32);
  ASSERT_TRUE(servers.accuses(1, true));
  servers.drift = 0;
  servers.ask(64);
  int back = 0;
  for (int i = 0; i < 20; ++i, servers.ask(1)) back += servers.accuses(1, true) ? 0 : 1;
  EXPECT_GT(back, 10);
}

// Minutes of delay beside nanoseconds: what the sharp one adds is lost in rounding.
TEST(MutualDrift, TheDullestServerBesideTheSharpestIsNoDivisionByNothing) {
  std::vector<MeasuredOffset> dull, sharp;
  for (int i = 0; i < 32; ++i) {
    dull.push_back({RawTime{20s * i}, to_nanos(i % 2 == 0 ? 30.0 : -30.0), 1e3});
    sharp.push_back({RawTime{20s * i}, 0ns, 0});
  }
  const auto drift = drift_between(dull, sharp, RawTime{});
  ASSERT_TRUE(drift);
  EXPECT_GT(drift->others, 0);
  EXPECT_LT(drift->others, 1e-15);
  EXPECT_TRUE(std::isfinite(drift->rate) && drift->variance > 0);
}

TEST(MutualDrift, TwoServersOrFewSamplesAccuseNobody) {
  Servers few{1}, enough{1};
  few.drift = enough.drift = 1e-3;
  few.ask(4);
  EXPECT_FALSE(few.accuses(1));
  EXPECT_FALSE(drift_between(few.newest(1), few.newest(0), RawTime{}));
  enough.ask(32);
  EXPECT_TRUE(enough.accuses(1));
  EXPECT_FALSE(runs_away(std::array{enough.newest(1), enough.newest(0)}, false));
  // Nor does one that is alone with a second become honest by that.
  EXPECT_TRUE(runs_away(std::array{enough.newest(1), enough.newest(0)}, true));
  EXPECT_FALSE(runs_away(std::array{MeasuredOffsets{}, enough.newest(0), enough.newest(1)}, false));
}

}  // namespace
}  // namespace ntp
