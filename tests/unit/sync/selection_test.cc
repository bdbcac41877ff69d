// Claims of selection: truth lies where most intervals overlap, and rates must agree.
#include "common/sync/selection.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace ntp {
namespace {

Candidate around(int index, double middle, double width, bool trusted = false) {
  return {.index = index, .low = middle - width, .high = middle + width, .is_trusted = trusted};
}

TEST(Truechimers, ALiarOutsideTheMajorityIsAFalseticker) {
  std::vector all{around(0, 0, 0.01), around(1, 0.001, 0.01), around(2, 0.5, 0.01)};
  ASSERT_TRUE(find_truechimers(all));
  EXPECT_EQ(all[0].standing, Standing::selected);
  EXPECT_EQ(all[1].standing, Standing::selected);
  EXPECT_EQ(all[2].standing, Standing::falseticker);
}

TEST(Truechimers, HalfIsNoMajority) {
  std::vector all{around(0, 0, 0.01), around(1, 0, 0.01), around(2, 1, 0.01), around(3, 1, 0.01)};
  EXPECT_FALSE(find_truechimers(all));
  for (const Candidate& c : all) EXPECT_EQ(c.standing, Standing::falseticker);
}

TEST(Truechimers, OneSourceIsItsOwnMajority) {
  std::vector all{around(0, 3, 0.01)};
  EXPECT_TRUE(find_truechimers(all));
  EXPECT_EQ(all[0].standing, Standing::selected);
}

TEST(Truechimers, NobodyIsNoMajority) { EXPECT_FALSE(find_truechimers({})); }

TEST(Truechimers, IntervalsThatOnlyTouchStillAgree) {
  std::vector all{around(0, 0, 1), around(1, 2, 1)};
  EXPECT_TRUE(find_truechimers(all));
}

TEST(Truechimers, TrustedSourcesOutvoteManyOthers) {
  std::vector all{around(0, 0, 0.01, true), around(1, 1, 0.01), around(2, 1, 0.01),
                  around(3, 1, 0.01), around(4, 0.005, 0.01)};
  ASSERT_TRUE(find_truechimers(all));
  EXPECT_EQ(all[0].standing, Standing::selected);
  EXPECT_EQ(all[1].standing, Standing::untrusted);
  EXPECT_EQ(all[4].standing, Standing::untrusted);  // overlaps, but does not hold all of it
}

TEST(Truechimers, SixtyFourSourcesFit) {
  std::vector<Candidate> all;
  for (int i = 0; i < most_sources; ++i) all.push_back(around(i, i < 33 ? 0 : 10 + i, 0.01));
  ASSERT_TRUE(find_truechimers(all));
  EXPECT_EQ(all[32].standing, Standing::selected);
  EXPECT_EQ(all[33].standing, Standing::falseticker);
}

TEST(Rates, ADrifterIsOutAfterAFewSamplesAndBackWhenItAgrees) {
  std::array<RateRecord, 4> records;
  const auto hear = [&](double drifters_rate) {
    std::vector<RateWitness> all;
    for (int i = 0; i < 4; ++i) {
      all.push_back(
          {i, i == 3 ? drifters_rate : 1e-9 * i, 1e-18, &records[static_cast<std::size_t>(i)]});
    }
    compare_rates(all, 3);
  };
  for (int i = 0; i < 4; ++i) hear(200e-9);
  EXPECT_TRUE(records[3].is_out);
  EXPECT_FALSE(records[0].is_out);
  for (int i = 0; i < 20; ++i) hear(1e-9);
  EXPECT_FALSE(records[3].is_out);
}

TEST(Rates, TwoWitnessesAccuseNobody) {
  std::array<RateRecord, 2> records;
  std::vector<RateWitness> all{{0, 0, 1e-18, &records[0]}, {1, 1e-6, 1e-18, &records[1]}};
  for (int i = 0; i < 10; ++i) compare_rates(all, 1);
  EXPECT_FALSE(records[1].is_out);
}

}  // namespace
}  // namespace ntp
