// Claims of the first exchanges: whose noise their spread is.
#include "common/sync/first_exchanges.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ntp {
namespace {

constexpr double wait = 1e-4;

// Two seconds apart on a path of 10 ms each way; `longer` says by how much which of them.
template <typename Longer>
std::vector<TimedDelays> exchanges(int count, const Longer& longer) {
  std::mt19937 dice{3};
  std::exponential_distribution<double> late{1 / wait};
  std::vector<TimedDelays> all;
  for (int i = 0; i < count; ++i) {
    const double more = longer(i);
    all.push_back(
        {.time = 2.0 * i,
         .delays = {.half = 10e-3, .up = 10e-3 + more + late(dice), .down = 10e-3 + late(dice)}});
  }
  return all;
}

TEST(FirstExchanges, OnePathsNoiseIsTheirSpread) {
  const Sharpness scale = first_scale(exchanges(12, [](int) { return 0.0; }), 1.63);
  EXPECT_GT(scale.up, 0.4 * wait);
  EXPECT_LT(scale.up, 2 * wait);
}

TEST(FirstExchanges, OfTwoPathsTheNoiseIsThatOfTheShorter) {
  const Sharpness scale =
      first_scale(exchanges(12, [](int i) { return i % 3 == 0 ? 10e-3 : 0.0; }), 1.63);
  EXPECT_LT(std::max(scale.up, scale.down), 2 * wait);
}

// Four of them found it empty: they are sharp by chance, for all that is known.
TEST(FirstExchanges, AQueueIsNoSecondPath) {
  const Sharpness scale =
      first_scale(exchanges(12, [](int i) { return i < 4 ? 0.0 : 1e-3 * (i - 2); }), 1.63);
  EXPECT_GT(scale.up, 1e-3);
}

}  // namespace
}  // namespace ntp
