// What the picture shows where.
#include "syncctl/plot.h"

#include <gtest/gtest.h>

#include <array>

namespace ntp::syncctl {
namespace {

TEST(Plot, PutsTheOffsetInsideItsBoundWithTheNewestOnTheRight) {
  const std::array points{PlotPoint{Seconds{0.0}, Seconds{1e-3}},
                          PlotPoint{Seconds{1e-3}, Seconds{2e-3}}};
  EXPECT_EQ(plot(points, 4, 5),
            "+2000us |   :\n"
            "        |  :*\n"
            "        |--*-\n"
            "        |  : \n"
            "-2000us |   :\n");
}

TEST(Plot, KeepsOnlyWhatFits) {
  const std::array<PlotPoint, 9> points{};
  EXPECT_EQ(plot(points, 3, 3), "   +1ns |   \n        |***\n   -1ns |   \n");
}

}  // namespace
}  // namespace ntp::syncctl
