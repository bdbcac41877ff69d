// Rates as the kernel rounds them. No clock is read or set.
#include "common/os/kernel_clock.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ntp {
namespace {

TEST(KernelRate, WithinFiveHundredPpmFrequencyAloneCarriesIt) {
  EXPECT_EQ(to_kernel_rate(ppm(0)), (KernelRate{10000, 0}));
  EXPECT_EQ(to_kernel_rate(ppm(1)), (KernelRate{10000, 65536}));
  EXPECT_EQ(to_kernel_rate(ppm(-500)), (KernelRate{10000, -32768000}));
}

TEST(KernelRate, BeyondItTheTickHelpsAndTheFrequencyStaysWithinFifty) {
  EXPECT_EQ(to_kernel_rate(ppm(512.5)), (KernelRate{10005, 819200}));
  for (const double rate : {501.0, -777.7, 12'345.6, -99'999.0}) {
    const KernelRate kernel = to_kernel_rate(ppm(rate));
    EXPECT_LE(std::abs(kernel.freq), 50 * 65536) << rate;
    EXPECT_NEAR(from_kernel_rate(kernel).ppm(), rate, 1e-5);
  }
}

TEST(KernelRate, TheRoundingIsTheKernelsOwn) {
  for (int i = 0; i < 1000; ++i) {
    const Rate wanted = ppm(-500 + i * 1.000777);
    const Rate held = from_kernel_rate(to_kernel_rate(wanted));
    EXPECT_LE(std::abs((held - wanted).ppm()), 0.5 / 65536 + 1e-12);
    EXPECT_EQ(to_kernel_rate(held), to_kernel_rate(wanted));
  }
}

TEST(KernelRate, NothingLeavesTheKernelsRange) {
  EXPECT_EQ(to_kernel_rate({1}), (KernelRate{11000, 0}));
  EXPECT_EQ(to_kernel_rate({-1}), (KernelRate{9000, 0}));
}

}  // namespace
}  // namespace ntp
