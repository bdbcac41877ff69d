// The rate for a time without a source: which average, and when.
#include "clockd/fallback.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ntp::clockd {
namespace {

constexpr FallbackDrift spans{.least = 10, .most = 14};  // 1024 s to 16384 s

TEST(Fallback, WithoutTheDirectiveThereIsNone) {
  Fallback fallback;
  fallback.learn(ppm(5), 1h);
  EXPECT_FALSE(fallback.after(24h));
  EXPECT_LT(fallback.next_change(0s), 0s);
}

TEST(Fallback, ALongerSilenceTakesALongerAverage) {
  Fallback fallback{spans};
  for (int i = 0; i < 1000; ++i) fallback.learn(ppm(10), 64s);
  for (int i = 0; i < 32; ++i) fallback.learn(ppm(14), 64s);  // the last 2048 s were warmer
  EXPECT_FALSE(fallback.after(1023s));
  const double near = fallback.after(1024s)->ppm(), far = fallback.after(16384s)->ppm();
  EXPECT_NEAR(near, 14 - 4 * std::exp(-2.0), 0.01);
  EXPECT_NEAR(far, 14 - 4 * std::exp(-2048.0 / 16384), 0.01);
  EXPECT_EQ(*fallback.after(100'000s), *fallback.after(16384s));
}

TEST(Fallback, AnAverageCountsOnceItsSpanWasObserved) {
  Fallback fallback{spans};
  for (int i = 0; i < 20; ++i) fallback.learn(ppm(10), 64s);  // 1280 s
  EXPECT_NEAR(fallback.after(16384s)->ppm(), 10, 1e-9) << "the one of 1024 s is all there is";
  EXPECT_TRUE(fallback.after(1024s));
  Fallback young{spans};
  young.learn(ppm(10), 64s);
  EXPECT_FALSE(young.after(16384s));
}

TEST(Fallback, ItSaysWhenToLookAgain) {
  const Fallback fallback{spans};
  EXPECT_EQ(fallback.next_change(0s), 1024s);
  EXPECT_EQ(fallback.next_change(1024s), 1024s);
  EXPECT_EQ(fallback.next_change(2048s), 2048s);
  EXPECT_LT(fallback.next_change(16384s), 0s);
}

}  // namespace
}  // namespace ntp::clockd
