// The measured send path and the departures of interleaved mode.
#include "ntpd-net/departures.h"

#include <gtest/gtest.h>

#include <random>

namespace ntp {
namespace {

TEST(SendPath, NothingIsAddedBeforeTheFirstMeasurement) {
  EXPECT_EQ(SendPath{}.to_departure(0), Nanos{0});
  EXPECT_EQ(SendPath{}.to_departure(63), Nanos{0});
}

TEST(SendPath, SettlesOnWhatAnswersTake) {
  SendPath path;
  std::mt19937 random{1};
  for (int i = 0; i < 500; ++i) {
    path.take(0, Nanos{5000 + static_cast<int>(random() % 400) - 200});
    path.take(10, Nanos{5000 + 10 * 2000});
  }
  EXPECT_NEAR(static_cast<double>(path.to_departure(0).count()), 5000, 100);
  EXPECT_NEAR(static_cast<double>(path.to_departure(20).count()), 45000, 500);
}

TEST(SendPath, OneDelayedAnswerHardlyMovesIt) {
  SendPath path;
  for (int i = 0; i < 100; ++i) path.take(0, 5us);
  path.take(0, 900us);
  EXPECT_LT(path.first(), 5100ns);
}

TEST(SendPath, WhatSamplingItselfCostsIsTakenOutAgain) {
  SendPath path;
  for (int i = 0; i < 100; ++i) {
    path.take(0, 15us);
    path.take_call(true, 32us);
    path.take_call(false, 16us);
  }
  EXPECT_EQ(path.to_departure(0), 7500ns);
  for (int i = 0; i < 100; ++i) path.take_call(false, 40us);  // never scaled up
  EXPECT_EQ(path.to_departure(0), 15us);
}

TEST(SendPath, NonsenseIsNotLearnt) {
  SendPath path;
  for (int i = 0; i < 100; ++i) path.take(0, 5us);
  for (int i = 0; i < 100; ++i) {
    path.take(0, -1ns);
    path.take(0, 2s);
  }
  EXPECT_EQ(path.first(), 5us);
}

TEST(Departures, AreToldOnceOnly) {
  DepartureStore store{1};
  store.keep({101}, {200});
  EXPECT_EQ(store.size(), 1u);
  EXPECT_EQ(store.take({101}).value().time, WireTime{200});
  EXPECT_FALSE(store.take({101}));
  EXPECT_EQ(store.size(), 0u);
}

TEST(Departures, TheKernelsWordReplacesTheGuess) {
  DepartureStore store{1};
  store.keep({101}, {200});
  EXPECT_TRUE(store.correct({101}, {222}, Count::kernel_transmit_stamps));
  EXPECT_FALSE(store.correct({103}, {222}, Count::kernel_transmit_stamps));
  const auto departed = store.take({101});
  ASSERT_TRUE(departed);
  EXPECT_EQ(departed->time, WireTime{222});
  EXPECT_EQ(departed->by, Count::kernel_transmit_stamps);
  store.keep({105}, {200});
  EXPECT_EQ(store.take({105}).value().by, Count::daemon_transmit_stamps);
}

TEST(Departures, NobodyGetsTheDepartureOfAnUnknownTime) {
  DepartureStore store{1};
  EXPECT_FALSE(store.take({}));
  store.keep({101}, {200});
  EXPECT_FALSE(store.take({103}));
  EXPECT_FALSE(store.take({}));
}

TEST(Departures, TheOldestIsFoundAcrossTheEraChange) {
  DepartureStore store{1};
  const UtcTime now{Nanos{2085978507s}};
  EXPECT_EQ(store.seconds(now), 0u);
  const WireTime before = to_wire({Nanos{2085978490s}}), after = to_wire({Nanos{2085978500s}});
  store.keep(after, {2});
  EXPECT_EQ(store.seconds(now), 7u);
  store.keep(before, {2});
  EXPECT_EQ(store.seconds(now), 17u);
  EXPECT_EQ(store.seconds({Nanos{2085978000s}}), 0u);
}

TEST(Departures, MemoryIsBounded) {
  DepartureStore store{77};
  for (std::uint64_t i = 1; i < 200'000; i += 2) store.keep({i}, {i + 1});
  EXPECT_LE(store.size(), DepartureStore::capacity);
  for (std::uint64_t i = 1; i < 200'000; i += 2) {
    const auto departure = store.take({i});
    if (departure) {
      EXPECT_EQ(departure->time.bits, i + 1);
    }
  }
  EXPECT_EQ(store.size(), 0u);
}

TEST(ExpectedDepartures, AreFoundByTheReceiveTimeOnceOnly) {
  ExpectedDepartures expected;
  expected.expect({.receive = {101}, .place = 4, .read_at = SystemTime{Nanos{9}}});
  EXPECT_FALSE(expected.take({103}));
  EXPECT_FALSE(expected.take({}));
  const auto found = expected.take({101});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->place, 4u);
  EXPECT_FALSE(expected.take({101}));
}

}  // namespace
}  // namespace ntp
