// Claims of the common line: what it takes from lines that learnt before it began.
#include "common/sync/joint_filter.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/unit/sync/toy_world.h"

namespace ntp {
namespace {

// Lines of sources that were asked in turn, without a common line.
struct Sources {
  explicit Sources(unsigned seed, double second_error = 0) : world{seed} {
    for (int i = 0; i < 40; ++i) {
      for (SourceLine& line : lines) {
        world.pass(16);
        line.take(world.ask(path, &line == &lines[1] ? second_error : 0));
      }
    }
  }
  // Heard in turn, so many of them.
  [[nodiscard]] LineState common(std::size_t heard) const {
    JointFilter joint;
    for (std::size_t i = 0; i < heard; ++i) (void)joint.take(static_cast<int>(i), lines[i], 1e-20);
    return joint.state();
  }

  ToyPath path{.wait_up = 1e-3, .wait_down = 1e-3};
  ToyWorld world;
  std::array<SourceLine, 4> lines{SourceLine{{}}, SourceLine{{}}, SourceLine{{}}, SourceLine{{}}};
};

TEST(JointFilter, BeginsWithWhatAllLinesLearnt) {
  double alone = 0, together = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Sources sources{seed};
    if (sources.lines[0].is_in_doubt()) continue;
    EXPECT_LT(sources.common(4).rate_variance, sources.common(1).rate_variance / 2);
    alone += std::pow(sources.common(1).rate - sources.world.true_rate(), 2);
    together += std::pow(sources.common(4).rate - sources.world.true_rate(), 2);
  }
  EXPECT_LT(together, alone / 2);
}

TEST(JointFilter, IsNotAveragedWithALineThatContradictsIt) {
  const Sources sources{1, 0.05};
  const LineState first = sources.common(1), both = sources.common(2);
  EXPECT_NEAR(both.offset, first.offset_at(both.at), 1e-4);
}

TEST(JointFilter, WhatWasContradictedByWhoIsGoneCountsForNothing) {
  Sources sources{1};
  JointFilter joint;
  const auto hear = [&](std::size_t i, double error) {
    sources.world.pass(16);
    sources.lines[i].take(sources.world.ask(sources.path, error));
    return joint.take(static_cast<int>(i), sources.lines[i], 1e-20);
  };
  for (std::size_t i = 0; i < 12; ++i) (void)hear(i % 3, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(hear(2, 0.05), JointFilter::Outcome::ignored) << i;
  EXPECT_EQ(hear(2, 0.05), JointFilter::Outcome::dropped);
  joint.drop(2);
  EXPECT_EQ(hear(0, 0.05), JointFilter::Outcome::ignored);
  EXPECT_EQ(hear(1, 0.05), JointFilter::Outcome::broken) << "both of two";
}

}  // namespace
}  // namespace ntp
