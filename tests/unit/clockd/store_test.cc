// What clockd remembers: whole, or not at all.
#include "clockd/store.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ntp::clockd {
namespace {

constexpr BootId boot{1, 2};
constexpr RawTime now{5000s};

Memory sample_memory() {
  return {.phase = Phase::locked,
          .updates = 1234,
          .steps = 1,
          .lessons = 1300,
          .phase_began = {4000s},
          .learnt = ppm(-12),
          .corridor = {.pinned = {4000s},
                       .utc = {1'800'000'000s},
                       .rate = ppm(-12),
                       .seen = {4900s},
                       .place = 3ms,
                       .low = -900ms,
                       .high = 1100ms},
          .floor = {1'800'000'900s}};
}

TEST(Store, ASlotComesBackInTheSameBoot) {
  const auto back = decode_slot(encode_slot(sample_memory(), boot, 9), boot, now);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->memory, sample_memory());
  EXPECT_EQ(back->generation, 9u);
}

TEST(Store, AnotherBootKeepsOnlyTheRateAndTheFloor) {
  const auto back = decode_slot(encode_slot(sample_memory(), boot, 9), BootId{1, 3}, RawTime{10s});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->memory, (Memory{.lessons = 1300, .learnt = ppm(-12), .floor = {1'800'000'900s}}));
}

TEST(Store, EveryFlippedBitIsNoticed) {
  const Slot good = encode_slot(sample_memory(), boot, 9);
  for (std::size_t at = 0; at < sizeof good; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Slot wrong = good;
      reinterpret_cast<unsigned char*>(&wrong)[at] ^= 1 << bit;
      EXPECT_FALSE(decode_slot(wrong, boot, now)) << at << " " << bit;
    }
  }
  EXPECT_FALSE(decode_slot(Slot{}, boot, now));
}

TEST(Store, ValuesThatNoClockdWroteAreRefusedInSpiteOfTheirChecksum) {
  const auto refused = [](auto spoil) {
    Memory memory = sample_memory();
    spoil(memory);
    return !decode_slot(encode_slot(memory, boot, 1), boot, now);
  };
  EXPECT_TRUE(refused([](Memory& m) { m.learnt = ppm(200'000); }));
  EXPECT_TRUE(refused([](Memory& m) { m.learnt = Rate{std::nan("")}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.rate = Rate{std::nan("")}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.phase = Phase{3}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.floor = UtcTime{Nanos::max()}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.pinned = {5001s}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.seen = {-1s}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.low = 2s; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.high = Nanos::max(); }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.utc = {0s}; }));
  EXPECT_TRUE(refused([](Memory& m) { m.corridor.rate = Rate{1}; }));
}

}  // namespace
}  // namespace ntp::clockd
