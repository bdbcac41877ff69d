// The served page: what is written is read, and what nobody should write does no harm.
#include "ntpd-net/served_state.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>

namespace ntp {
namespace {

TEST(ServedState, NothingIsServedBeforeTheFirstWord) { EXPECT_FALSE(read_served(ServedPage{})); }

TEST(ServedState, WhatIsWrittenIsRead) {
  ServedPage page;
  const ServedState written{.from_system_clock = false,
                            .line = {.anchor = {Nanos{5}},
                                     .utc = {Nanos{1790000000123456789}},
                                     .rate = ppm(-37.5),
                                     .bound = 12us,
                                     .bound_growth = ppm(15),
                                     .deviation = 3us},
                            .system_rate = ppm(20),
                            .leap = Leap::insert,
                            .stratum = 3,
                            .refid = 0xc0a80101,
                            .reference = {Nanos{1790000000000000000}},
                            .root_delay = 3ms,
                            .root_dispersion = 250us,
                            .dispersion_at = {Nanos{4}},
                            .dispersion_growth = ppm(15),
                            .precision_log2 = -25};
  write_served(page, written);
  const auto read = read_served(page);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->from_system_clock);
  EXPECT_EQ(read->line.anchor, written.line.anchor);
  EXPECT_EQ(read->line.utc, written.line.utc);
  EXPECT_NEAR(read->line.rate.ppm(), -37.5, 1e-8);
  EXPECT_EQ(read->line.bound, written.line.bound);
  EXPECT_EQ(read->line.deviation, written.line.deviation);
  EXPECT_NEAR(read->system_rate.ppm(), 20, 1e-8);
  EXPECT_EQ(read->leap, Leap::insert);
  EXPECT_EQ(read->stratum, 3);
  EXPECT_EQ(read->refid, 0xc0a80101u);
  EXPECT_EQ(read->reference, written.reference);
  EXPECT_EQ(read->root_delay, written.root_delay);
  EXPECT_EQ(read->root_dispersion, written.root_dispersion);
  EXPECT_EQ(read->dispersion_at, written.dispersion_at);
  EXPECT_NEAR(read->dispersion_growth.ppm(), 15, 1e-8);
  EXPECT_EQ(read->precision_log2, -25);
}

TEST(ServedState, TheDispersionGrowsWithAge) {
  const ServedState state{
      .root_dispersion = 1ms, .dispersion_at = {Nanos{10s}}, .dispersion_growth = ppm(15)};
  EXPECT_EQ(state.root_dispersion_at({Nanos{10s}}), 1ms);
  EXPECT_EQ(state.root_dispersion_at({Nanos{110s}}), 1ms + 1500us);
  EXPECT_EQ(state.root_dispersion_at({Nanos{1s}}), 1ms);
}

TEST(ServedState, GarbageIsBroughtBackIntoRange) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 2000; ++i) {
    ServedPage page;
    ServedPage::Words words;
    for (auto& word : words) word = random();
    page.write(words);
    const auto read = read_served(page);
    ASSERT_TRUE(read);
    EXPECT_LE(read->stratum, 16);
    EXPECT_GE(read->root_delay, Nanos{0});
    EXPECT_GE(read->root_dispersion, Nanos{0});
    EXPECT_GE(read->dispersion_growth.fraction, 0);
    EXPECT_LE(std::abs(read->line.rate.fraction), 0.2);
  }
}

TEST(ServedState, ARateThatIsNoNumberBecomesZero) {
  ServedPage page;
  write_served(page, {.line = {.rate = {std::nan("")}}});
  EXPECT_EQ(read_served(page)->line.rate.fraction, 0);
}

TEST(Page, AWriterThatDiedInTheMiddleIsNotReadAndNotWaitedFor) {
  ServedPage page;
  write_served(page, {});
  std::uint64_t sequence = 0;  // the page's first word
  std::memcpy(&sequence, static_cast<const void*>(&page), sizeof sequence);
  ASSERT_EQ(sequence, page.sequence());
  sequence |= 1;
  std::memcpy(static_cast<void*>(&page), &sequence, sizeof sequence);
  EXPECT_FALSE(read_served(page));
  write_served(page, {.stratum = 2});
  ASSERT_TRUE(read_served(page));
  EXPECT_EQ(read_served(page)->stratum, 2);
}

TEST(Page, AReaderNeverSeesHalfOfAWrite) {
  Page<8> page;
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    for (std::uint64_t value = 1; !stop; ++value) {
      Page<8>::Words words;
      words.fill(value);
      page.write(words);
    }
  }};
  int read = 0;
  while (read < 20'000) {
    const auto words = page.read();
    if (!words) continue;
    ++read;
    for (const std::uint64_t word : *words) ASSERT_EQ(word, words->front());
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace ntp
