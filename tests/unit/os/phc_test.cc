// Which readings of a burst are believed.
#include "common/os/phc.h"

#include <gtest/gtest.h>

#include <array>

namespace ntp {
namespace {

TEST(Phc, TheTightestWindowsAreAveragedAndTheWideOnesIgnored) {
  const SystemTime t{1'795'000'000s};
  const std::array readings{
      PhcReading{t, 1000s + 500ns, t + 1us}, PhcReading{t + 10us, 1000s + 10'600ns, t + 11'200ns},
      PhcReading{t + 20us, 1000s + 60us, t + 120us},  // somebody interrupted us
      PhcReading{t + 40us, 1000s, t + 40us},          // no window at all
  };
  const auto look = combine(readings);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->system - t, 5'550ns);
  EXPECT_EQ(look->card - 1000s, 5'550ns);
  EXPECT_FALSE(combine(std::span{readings}.subspan(3)));
}

}  // namespace
}  // namespace ntp
