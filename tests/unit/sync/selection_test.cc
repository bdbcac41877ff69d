// Claims of selection: truth lies where most intervals overlap.
#include "common/sync/selection.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ntp
