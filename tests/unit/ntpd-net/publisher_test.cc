// What is said of the time: records, the served state, the drift file.
#include "ntpd-net/publisher.h"

#include <gtest/gtest.h>

#include "common/wire/refid.h"

namespace ntp {
namespace {

Combined combined_at(RawTime raw, UtcTime utc) {
  return {
      .line = {.anchor = raw, .utc = utc, .rate = ppm(20), .bound = 1ms, .bound_growth = ppm(2)},
      .root_delay = 10ms,
      .root_dispersion = 2ms,
      .reference = SourceIndex{0},
      .stratum = 3,
      .leap = Leap::none,
      .combined_sources = 2,
      .skew = ppm(0.5),
      .sample_interval = 64s,
      .time_scale = 384s,
      .tracking_deviation = 10us};
}

Reference synchronised() {
  Reference reference;
  reference.update(combined_at({100s}, {2000s}), 0x0a000001, ipv4_address(0x0a000001), {100s});
  return reference;
}

LocalWatch local_stratum_ten() { return {.settings = {.enabled = true, .stratum = 10}}; }

TEST(Reference, ALineThatCameBackEarlierMeansThatWeWereAhead) {
  Reference reference = synchronised();
  Combined next = combined_at({164s}, {2064s});
  next.line.utc = next.line.utc - 3ms;
  const Nanos old_line_gained = ppm(20) * Nanos{64s};
  reference.update(next, 0x0a000001, {}, {164s});
  EXPECT_EQ(reference.last_offset, 3ms + old_line_gained);
  EXPECT_EQ(reference.interval, 64s);
  EXPECT_GT(reference.rms_offset(), Nanos{0});
}

TEST(Reference, TheSameSamplesSaidAgainDoNotMakeItYounger) {
  Reference reference = synchronised();
  const Reference before = reference;
  reference.update(combined_at({100s}, {2000s}), 0x0a000001, {}, {500s});
  EXPECT_EQ(reference.updates, before.updates);
  EXPECT_EQ(reference.updated, before.updated);
  EXPECT_EQ(reference.root_dispersion_at({1000s}), before.root_dispersion_at({1000s}));
}

TEST(Reference, ItsDispersionGrowsWithTime) {
  const Reference reference = synchronised();
  EXPECT_EQ(reference.root_dispersion_at({100s}), 2ms);
  EXPECT_EQ(reference.root_dispersion_at({1100s}), 4ms);
}

TEST(Record, TheLineTravelsToClockdWithItsAge) {
  const EstimateRecord record = to_record(combined_at({100s}, {2000s}), {101s});
  EXPECT_EQ(record.published, (RawTime{101s}));
  EXPECT_EQ(record.line.utc, (UtcTime{2000s}));
  EXPECT_EQ(record.root_distance, 7ms);
  EXPECT_EQ(record.sample_interval, 64s);
  EXPECT_EQ(record.time_scale, 384s);
  EXPECT_EQ(record.sources, 2);
}

TEST(Record, AGapOfDaysIsNoIntervalThatClockdWouldRefuse) {
  Combined late = combined_at({100s}, {2000s});
  late.sample_interval = late.time_scale = 72h;
  EXPECT_EQ(to_record(late, {101s}).sample_interval, 24h);
  EXPECT_EQ(to_record(late, {101s}).time_scale, 24h);
}

TEST(Served, NothingKnownIsServedAsUnsynchronised) {
  const ServedState state = to_served({}, {}, 3s, {100s}, {2000s}, {}, -24);
  EXPECT_EQ(state.leap, Leap::unsynchronised);
  EXPECT_TRUE(state.from_system_clock);
  EXPECT_EQ(state.stratum, 16);
}

TEST(Served, ASynchronisedLineIsServedWithItsReference) {
  const ServedState state = to_served(synchronised(), {}, 3s, {110s}, {2000s}, {}, -24);
  EXPECT_EQ(state.leap, Leap::none);
  EXPECT_EQ(state.stratum, 3);
  EXPECT_EQ(state.refid, 0x0a000001u);
  EXPECT_FALSE(state.from_system_clock);
  EXPECT_EQ(state.root_delay, 10ms);
  EXPECT_GT(state.root_dispersion, 2ms);
}

TEST(Served, LocalStratumServesAMachineThatNeverHeardAnybody) {
  const ServedState state = to_served({}, local_stratum_ten(), 3s, {100s}, {2000s}, {}, -24);
  EXPECT_EQ(state.leap, Leap::none);
  EXPECT_EQ(state.stratum, 10);
  EXPECT_EQ(state.refid, refid_local);
  EXPECT_TRUE(state.from_system_clock);
  EXPECT_EQ(state.reference, (UtcTime{2000s}));
}

TEST(Served, LocalStratumTakesOverWhenTheReferenceHasGrownTooOldAndKeepsItsLine) {
  Reference reference = synchronised();
  reference.is_current = false;
  EXPECT_EQ(standpoint(reference, local_stratum_ten(), 3s, {200s}), Standpoint::synchronised);
  const RawTime much_later{100s + 1'000'000s};  // 2 ppm: two seconds of distance
  const ServedState state = to_served(reference, local_stratum_ten(), 3s, much_later, {}, {}, -24);
  EXPECT_EQ(state.stratum, 10);
  EXPECT_FALSE(state.from_system_clock);
  EXPECT_EQ(state.line.utc, (UtcTime{2000s}));
}

TEST(Served, WithoutLocalALostReferenceIsServedUntilMaxdistanceAndThenNotSynchronised) {
  Reference reference = synchronised();
  reference.is_current = false;
  EXPECT_EQ(standpoint(reference, {}, 3s, {100s + 100'000s}), Standpoint::synchronised);
  EXPECT_EQ(standpoint(reference, {}, 3s, {100s + 2'000'000s}), Standpoint::unsynchronised);
}

TEST(DriftFile, WhatIsWrittenIsReadBackInChronysOwnForm) {
  const Drift drift{ppm(-12.345678), ppm(0.25)};
  EXPECT_EQ(to_text(drift), "          -12.345678             0.250000\n");
  const auto again = parse_drift(to_text(drift));
  ASSERT_TRUE(again.has_value());
  EXPECT_NEAR(again->frequency.ppm(), -12.345678, 1e-9);
  EXPECT_NEAR(start_rate(*again).ppm(), 12.345678, 1e-9);
}

TEST(DriftFile, NonsenseIsRefused) {
  for (const char* text : {"", "12", "abc 1", "1 nan", "1 -1", "2e6 1", "nan 1"})
    EXPECT_FALSE(parse_drift(text).has_value()) << text;
}

}  // namespace
}  // namespace ntp
