// The rows of the log files, column by column.
#include "ntpd-net/logs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "common/wire/refid.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

std::string content(int number) {
  std::string text(65536, '\0');
  const auto length = ::pread(number, text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

class LogsTest : public testing::Test {
 protected:
  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon = make_daemon(
      clocks, "server 192.0.2.1\nlog measurements statistics tracking selection\nlogbanner 0\n");

  int keep(LogName name) {
    Fd file{::memfd_create("log", MFD_CLOEXEC)};
    const int number = file.number();
    daemon->passage.logs = Logs{daemon->settings.log};
    daemon->passage.logs.adopt(name, std::move(file));
    return number;
  }
  void synchronise() {
    for (int i = 0; i < 4; ++i) {
      feed_sample(*daemon, clocks, 0, 30ms);
      clocks.pass(16s);
    }
  }
};

TEST_F(LogsTest, AnAnswerIsARowOfMeasurements) {
  Source& source = daemon->pool.at(0);
  const Header request = begin_request(source, look_at_clocks(*daemon), 5);
  const UtcTime there{clocks.system.since_zero + 30ms};
  clocks.pass(2ms);
  const Header answer{.leap = Leap::insert,
                      .version = 4,
                      .mode = Mode::server,
                      .stratum = 3,
                      .poll_log2 = 6,
                      .precision_log2 = -25,
                      .root_delay = to_short(4ms),
                      .root_dispersion = to_short(1ms),
                      .refid = 0x0a010203,
                      .origin = request.transmit,
                      .receive = to_wire(there + 1ms),
                      .transmit = to_wire(there + 1ms)};
  const Nanos pair = clocks.system.since_zero - clocks.raw.since_zero;
  const Taken taken = take_answer(source, answer, {clocks.raw, true}, ipv4_loopback,
                                  StampKind::kernel, pair, Nanos{60}, {});
  EXPECT_EQ(measurement_row(source, taken, SystemTime{1'795'631'999s}),
            "2026-11-25 18:39:59 192.0.2.1       +  3 111 111 1111   6  6 0.00  3.000e-02  "
            "2.000e-03  1.190e-07  4.013e-03  1.007e-03 0A010203 4B D K");
}

TEST_F(LogsTest, StatisticsHaveElevenFieldsAfterTheName) {
  const SourceStatistics known{.samples = 6,
                               .runs = 3,
                               .residual_rate = ppm(1.5),
                               .skew = ppm(0.25),
                               .offset = 20us,
                               .offset_deviation = 3us,
                               .deviation = 7us};
  EXPECT_EQ(statistics_row({"192.0.2.1", SystemTime{0s}, 0.5}, known),
            "1970-01-01 00:00:00 192.0.2.1        7.000e-06  2.000e-05  3.000e-06  1.500e-06  "
            "2.500e-07 5.0e-01   6   0   3  0.00");
}

TEST_F(LogsTest, SelectionShowsStateOptionsReachAndInterval) {
  const SourceStatistics known{
      .low = -1ms, .high = 2ms, .score = 1, .standing = Standing::selected};
  EXPECT_EQ(
      selection_row({"PPS0", SystemTime{0s}, {.prefer = true, .require = true}, 0377, 12s}, known),
      "1970-01-01 00:00:00 PPS0            * --P-R  377  1.00  1.200e+01 -1.000e-03  "
      "2.000e-03");
}

TEST_F(LogsTest, TrackingIsWrittenWithEveryEstimateAndSaysWhenItIsLost) {
  const int file = keep(LogName::tracking);
  synchronise();
  const std::string rows = content(file);
  ASSERT_FALSE(rows.empty());
  EXPECT_NE(rows.find(" 192.0.2.1        4 "), std::string::npos) << rows;
  EXPECT_NE(rows.find(" N  1 "), std::string::npos) << rows;
  EXPECT_NE(rows.find(" -3.0"), std::string::npos) << rows;  // what remains: we are 30 ms slow
  daemon->ensemble.mark_reachable(SourceIndex{0}, false);
  daemon->changed = true;
  publish_estimate(*daemon);
  EXPECT_NE(content(file).find(" 0.0.0.0          0 "), std::string::npos);
}

TEST_F(LogsTest, EverySourceIsARowOfEachSelection) {
  const int file = keep(LogName::selection);
  synchronise();
  EXPECT_NE(content(file).find(" 192.0.2.1       * -----"), std::string::npos) << content(file);
}

TEST_F(LogsTest, EachReadingOfTheSensorIsARow) {
  Fd sensor{::memfd_create("sensor", MFD_CLOEXEC)};
  ASSERT_EQ(::pwrite(sensor.number(), "21500\n", 6, 0), 6);
  const TemperatureCompensation line{.t0 = 20000, .k0 = 1, .k1 = 0.001};
  const auto curve = TemperatureCurve::create(line, "");
  ASSERT_TRUE(curve);
  daemon->passage.thermometer.emplace(std::move(sensor), *curve, 10s);
  const int file = keep(LogName::tempcomp);
  for (int i = 0; i < 2; ++i) {
    fire_due_timers(*daemon);
    clocks.pass(10s);
  }
  const std::string rows = content(file);
  EXPECT_NE(rows.find("  2.1500e+04  2.5000e+00\n"), std::string::npos) << rows;
  EXPECT_EQ(std::ranges::count(rows, '\n'), 2) << rows;
}

TEST_F(LogsTest, OnlyWhatWasAskedForIsWanted) {
  LogSettings settings{.rawmeasurements = true, .tracking = true};
  EXPECT_TRUE(is_wanted(settings, LogName::measurements));
  EXPECT_TRUE(is_wanted(settings, LogName::tracking));
  EXPECT_FALSE(is_wanted(settings, LogName::statistics));
  EXPECT_TRUE(Logs{settings}.takes_raw());
}

}  // namespace
}  // namespace ntp
