// The simulated world itself: the same for everyone who lives in it, and its scenario files.
// Claims about accuracy are in scenarios/, but for one about a rare world.
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "tests/sim/claims.h"
#include "tests/sim/path.h"
#include "tests/sim/picture.h"

namespace ntp::sim {
namespace {

ScenarioFile file_with(const std::string& text) {
  const auto path = std::filesystem::path{testing::TempDir()} / "world_test.scenario";
  std::ofstream{path} << text;
  return read_scenario(path).value();
}
std::string error_of(const std::string& text) {
  const auto path = std::filesystem::path{testing::TempDir()} / "world_test.scenario";
  std::ofstream{path} << text;
  const auto read = read_scenario(path);
  return read ? "" : read.error().message;
}
Scenario lan() {
  return file_with("world length 4000s warm 600s\nserver delay 100us jitter 10us\n").scenario;
}

TEST(World, TheSameSeedGivesTheSameWorldToTheLastBit) {
  const Outcome first = simulate(lan(), 7), again = simulate(lan(), 7), other = simulate(lan(), 8);
  EXPECT_EQ(first.rms, again.rms);
  EXPECT_EQ(first.most, again.most);
  EXPECT_NE(first.rms, other.rms);
}

TEST(World, RawTimeRunsAheadOfTheTruthByTheCrystalsRate) {
  Oscillator crystal{{.start = 25.0_ppm, .walk = 0}, 1};
  EXPECT_EQ(crystal.raw_at(TrueTime{1000s}), (RawTime{1000s + 25ms}));
  const TrueTime t{700s + 123456789ns};
  EXPECT_LE(std::chrono::abs(crystal.true_at(crystal.raw_at(t), TrueTime{700s}) - t), 1ns);
}

TEST(World, APacketsFateDependsOnWhenItLeavesNotOnWhoElseDid) {
  PathShape shape{.jitter_up = 1ms, .loss = 0.1, .flaps = {{.up = 3ms, .down = 2ms}}};
  shape.queue_up = {.load = 0.9, .train = 10ms, .on = 100s, .off = 100s};
  Path busy{shape, 5}, lazy{shape, 5};
  int late = 0;
  for (int second = 1; second < 4000; ++second) {
    const auto delay = busy.delay(Direction::up, TrueTime{std::chrono::seconds{second}});
    if (delay && *delay > 20ms) ++late;
    if (second % 37 != 0) continue;
    EXPECT_EQ(lazy.delay(Direction::up, TrueTime{std::chrono::seconds{second}}), delay);
  }
  EXPECT_GT(late, 100);  // there were queues to speak of
}

TEST(World, NeighbouringPacketsShareAQueueAndDistantOnesDoNot) {
  Bottleneck link{{.load = 0.95, .train = 50ms, .buffer = 1s, .on = 24h, .off = 0s}, 3};
  double near = 0, far = 0;
  std::vector<double> waits;
  for (int second = 0; second < 20000; ++second) {
    waits.push_back(to_seconds(link.wait_at(TrueTime{std::chrono::seconds{second}})));
  }
  double mean = 0, square = 0;
  for (const double w : waits) mean += w / 20000;
  for (int i = 0; i < 19000; ++i) {
    square += (waits[i] - mean) * (waits[i] - mean);
    near += (waits[i] - mean) * (waits[i + 1] - mean);
    far += (waits[i] - mean) * (waits[i + 1000] - mean);
  }
  EXPECT_GT(near / square, 0.5);
  EXPECT_LT(std::abs(far / square), 0.1);
}

TEST(World, WhiteNoiseOfPhaseFallsWithTheSquareRootOfThree) {
  Dice dice{4};
  std::vector<double> phase;
  for (int i = 0; i < 100000; ++i) phase.push_back(1e-6 * dice.normal());
  EXPECT_NEAR(allan_deviation(phase, 1), 1.732e-6, 2e-8);
  EXPECT_NEAR(allan_deviation(phase, 10), 1.732e-7, 4e-9);
}

TEST(Scenario, AnErrorNamesFileAndLine) {
  EXPECT_NE(error_of("world length 10\n").find(":1: bad value for \"length\""), std::string::npos);
  EXPECT_NE(error_of("\nworld lenght 10s\n").find(":2: unknown word \"lenght\""),
            std::string::npos);
  EXPECT_NE(error_of("queue up load 0.5\n").find("before any server"), std::string::npos);
  EXPECT_NE(error_of("restart of chronyd at 3s\n").find("client or clockd"), std::string::npos);
  EXPECT_NE(error_of("claim speed < 3\n").find("unknown figure"), std::string::npos);
  EXPECT_NE(error_of("server delay 1ms\nclaim rms about 3us\n").find("claim"), std::string::npos);
  EXPECT_EQ(error_of("server delay 1ms\nclaim every rms <= 3us of chrony # why\n"), "");
}

TEST(Scenario, PathLinesAreAboutAllOfTheLastServers) {
  const Scenario s =
      file_with("server delay 1ms\nserver delay 2ms times 3\nlosses share 20%\n").scenario;
  ASSERT_EQ(s.servers.size(), 4u);
  EXPECT_EQ(s.servers[0].path.loss, 0);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(s.servers[i].path.loss, 0.2);
}

TEST(Claims, AFalseClaimIsFoundInTheMedianAndInTheWorstSeed) {
  std::vector<sim::Run> runs(3);
  for (std::size_t i = 0; i < 3; ++i) {
    runs[i].ours.rms = 1e-6 * static_cast<double>(i + 1);
    runs[i].chrony = Outcome{.rms = 2e-6};
  }
  const auto claim = [](const std::string& text) {
    return file_with("server delay 1ms\nclaim " + text + "\n").claims.at(0);
  };
  EXPECT_EQ(broken(claim("rms < 2.1us"), runs), "");
  EXPECT_NE(broken(claim("rms < 2us"), runs), "");
  EXPECT_NE(broken(claim("every rms < 2.1us"), runs), "");
  EXPECT_NE(broken(claim("every rms > 1us"), runs), "");
  EXPECT_EQ(broken(claim("rms <= 1.0 of chrony"), runs), "");
  EXPECT_NE(broken(claim("every rms <= 1.0 of chrony"), runs), "");
  EXPECT_EQ(broken(claim("bound < 9 of chrony"), runs), "");
  runs[1].chrony->root_distance = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(broken(claim("bound < 9 of chrony"), runs), "");
  runs[1].chrony.reset();
  EXPECT_NE(broken(claim("rms < 9 of chrony"), runs), "");
}

// One world in twenty of flapping_fast, at 25,800 s: seven late samples in a row, one normal one,
// and one more late one, which was followed for 2 ms.
TEST(Line, WhatALongFlapTaughtIsForgottenWhenItIsOver) {
  const auto flapping = file_with(
      "world length 30000s minpoll 6 maxpoll 6\ncrystal start 10ppm walk 1e-9\n"
      "server delay 15ms jitter 200us\nflap up 3ms down 3ms on 100s off 200s\n");
  EXPECT_LT(simulate(flapping.scenario, 20).most, 500e-6);
}

TEST(Policy, AClockThatIsWrongBeyondMaxchangeStaysWhereItIs) {
  Scenario world = lan();
  world.servers[0].drifts_from = 1500s;
  world.servers[0].drift = Rate{0.01};  // the server runs away
  world.policy.maxchange = ChangeLimit{100ms, 1, -1};
  const Outcome out = simulate(world, 3);
  EXPECT_GT(out.refused, 0);
  EXPECT_LT(out.most, 2.0);
  world.policy.maxchange.reset();
  EXPECT_GE(simulate(world, 3).most, out.most);
}

}  // namespace
}  // namespace ntp::sim
