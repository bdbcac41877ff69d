// Claims of the leap vote and of the line that reports are made of.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "common/sync/leap_vote.h"
#include "common/sync/regression.h"

namespace ntp {
namespace {

TEST(LeapVote, MoreThanHalfDecide) {
  EXPECT_EQ(count_leap_votes(std::array{Leap::insert, Leap::insert, Leap::none}), Leap::insert);
  EXPECT_EQ(count_leap_votes(std::array{Leap::insert, Leap::none}), Leap::none);
  EXPECT_EQ(count_leap_votes(std::array{Leap::remove}), Leap::remove);
  EXPECT_EQ(count_leap_votes(std::array{Leap::insert, Leap::remove}), Leap::none);
}

TEST(LeapVote, TheUnsynchronisedHaveNoVote) {
  EXPECT_EQ(count_leap_votes(std::array{Leap::insert, Leap::unsynchronised, Leap::unsynchronised}),
            Leap::insert);
  EXPECT_EQ(count_leap_votes(std::array{Leap::unsynchronised}), Leap::unsynchronised);
  EXPECT_EQ(count_leap_votes({}), Leap::unsynchronised);
}

TEST(Regression, FindsTheLineOfExactPoints) {
  std::vector<Point> points;
  for (int i = 0; i < 10; ++i) points.push_back({64.0 * i, 5 + 2e-6 * 64 * i});
  const LineFit fit = fit_newest(points, 3);
  EXPECT_NEAR(fit.value, 5, 1e-9);
  EXPECT_NEAR(fit.slope, 2e-6, 1e-12);
  EXPECT_NEAR(fit.deviation, 0, 1e-9);
}

TEST(Regression, AnOldKneeIsForgotten) {
  std::mt19937 chance{1};
  std::normal_distribution<double> noise{0, 1};
  std::vector<Point> points;
  for (int i = 0; i < 64; ++i)
    points.push_back({1.0 * i, noise(chance) + (i < 40 ? 40 - i : 0) * 5.0});
  const LineFit fit = fit_newest(points, 6);
  EXPECT_LE(fit.points, 30);
  EXPECT_GE(fit.points, 6);
  EXPECT_LT(fit.deviation, 3);
}

TEST(Regression, NoPointAndOnePointAreNoDisaster) {
  EXPECT_EQ(fit_newest({}, 3).points, 0);
  const LineFit one = fit_newest(std::array{Point{1, 7}}, 3);
  EXPECT_EQ(one.points, 1);
  EXPECT_EQ(one.value, 7);
  EXPECT_EQ(one.slope, 0);
}

}  // namespace
}  // namespace ntp
