// Temperature compensation: both forms of the curve, and the raw clock with the curve taken out.
#include "ntpd-net/temperature.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace ntp {
namespace {

TEST(TemperatureCurve, TheQuadraticIsChronys) {
  // ppm = k0 + (T - t0) k1 + (T - t0)^2 k2
  const auto curve =
      TemperatureCurve::create({.t0 = 26000, .k0 = 0.5, .k1 = 0.000183, .k2 = 2e-8}, "");
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->at(26000)->ppm(), 0.5, 1e-12);
  EXPECT_NEAR(curve->at(30000)->ppm(), 0.5 + 4000 * 0.000183 + 4000.0 * 4000 * 2e-8, 1e-9);
  EXPECT_FALSE(curve->at(90000)) << "beyond 10 ppm nobody believes it";
}

TEST(TemperatureCurve, PointsAreJoinedByLinesAndNotExtended) {
  const TemperatureCompensation settings{.points = "points"};
  const auto curve = TemperatureCurve::create(settings, "30000 -2\n20000 1.0\n\n40000 0\n");
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->at(20000)->ppm(), 1, 1e-12);
  EXPECT_NEAR(curve->at(25000)->ppm(), -0.5, 1e-12);
  EXPECT_NEAR(curve->at(35000)->ppm(), -1, 1e-12);
  EXPECT_FALSE(curve->at(19999));
  EXPECT_FALSE(curve->at(40001));
  EXPECT_FALSE(TemperatureCurve::create(settings, "20000 1\n"));
  EXPECT_FALSE(TemperatureCurve::create(settings, "20000 1\nwarm 2\n"));
}

class ThermometerTest : public testing::Test {
 protected:
  ThermometerTest() {
    const int fd = memfd_create("sensor", MFD_CLOEXEC);
    sensor = fd;
    thermometer.emplace(Fd{fd}, *TemperatureCurve::create({.k1 = 0.001}, ""), 10s);
  }
  void show(const char* text) {
    ASSERT_EQ(ftruncate(sensor, 0), 0);
    ASSERT_EQ(pwrite(sensor, text, strlen(text), 0), static_cast<ssize_t>(strlen(text)));
  }
  int sensor = -1;
  std::optional<Thermometer> thermometer;
};

TEST_F(ThermometerTest, TheSensorIsReadEveryInterval) {
  show("3000\n");
  EXPECT_EQ(thermometer->look({0s}, {100s}), Thermometer::Seen::change);
  EXPECT_NEAR(thermometer->bend().rate().ppm(), 3, 1e-12);
  show("5000\n");
  EXPECT_EQ(thermometer->look({9s}, {109s}), Thermometer::Seen::nothing);
  EXPECT_EQ(thermometer->look({10s}, {110s}), Thermometer::Seen::change);
  EXPECT_NEAR(thermometer->bend().rate().ppm(), 5, 1e-12);
  show("out of order\n");
  EXPECT_EQ(thermometer->look({20s}, {120s}), Thermometer::Seen::nothing);
  EXPECT_NEAR(thermometer->bend().rate().ppm(), 5, 1e-12) << "what was known stays in force";
}

TEST_F(ThermometerTest, TheEstimatorSeesTheClockWithoutItsTemperature) {
  ASSERT_EQ(thermometer->take(2000, {1000s}), Thermometer::Seen::change);  // UTC gains 2 ppm
  EXPECT_EQ(thermometer->bend().seen(RawTime{1000s}), RawTime{1000s});
  ASSERT_EQ(thermometer->take(-4000, {2000s}), Thermometer::Seen::change);
  EXPECT_EQ(thermometer->bend().seen(RawTime{2000s}), RawTime{2000s} + 2ms);
  EXPECT_EQ(thermometer->bend().seen(RawTime{3000s}), RawTime{3000s} + 2ms - 4ms);
}

TEST_F(ThermometerTest, BetweenSamplesTheLineBendsWithTheTemperature) {
  (void)thermometer->take(0, {0s});
  Combined combined{.line = {.anchor = {1000s}, .utc = {5000s}, .rate = ppm(7)}};
  EXPECT_NEAR(thermometer->bend().to_raw(combined, {1000s}).line.rate.ppm(), 7, 1e-9);
  ASSERT_EQ(thermometer->take(3000, {1100s}), Thermometer::Seen::change);
  const Combined told = thermometer->bend().to_raw(combined, {1200s});
  EXPECT_NEAR(told.line.rate.ppm(), 10, 1e-4);
  const Nanos gained = told.line.at({1200s}) - combined.line.at({1200s});
  EXPECT_NEAR(to_seconds(gained), 3e-6 * 100 * (1 + 7e-6), 1e-9);
}

}  // namespace
}  // namespace ntp
