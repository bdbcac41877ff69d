// What comes from outside, octet by octet: shared memory, datagrams, card readings.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include "refclockd/shm_layout.h"
#include "refclockd/sock_message.h"

namespace ntp::refclockd {
namespace {

ShmSegment written() {
  return {.mode = 1,
          .count = 4,
          .clock_seconds = 1'795'000'000,
          .clock_micros = 123'456,
          .receive_seconds = 1'795'000'001,
          .receive_micros = 654'321,
          .leap = 1,
          .valid = 1,
          .clock_nanos = 123'456'789,
          .receive_nanos = 654'321'987};
}

TEST(Shm, AWholeSegmentIsTakenOnceAndMarkedAsTaken) {
  ShmSegment segment = written();
  const auto look = take_shm(segment);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->utc.since_zero, 1'795'000'000s + 123'456'789ns);
  EXPECT_EQ(look->system.since_zero, 1'795'000'001s + 654'321'987ns);
  EXPECT_EQ(look->leap, Leap::insert);
  EXPECT_EQ(segment.valid, 0);
  EXPECT_EQ(take_shm(segment).error(), Nothing::not_yet);
}

TEST(Shm, NanosecondsThatContradictTheMicrosecondsAreRubbish) {
  ShmSegment segment = written();
  segment.receive_nanos = 0xdeadbeef;
  const auto look = take_shm(segment);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->utc.since_zero, 1'795'000'000s + 123'456us);
  EXPECT_EQ(look->system.since_zero, 1'795'000'001s + 654'321us);
}

TEST(Shm, AReferenceThatSaysItIsNotInSyncIsNotBelieved) {
  ShmSegment segment = written();
  segment.leap = 3;
  EXPECT_EQ(take_shm(segment).error(), Nothing::no_clock);
}

TEST(Shm, ImpossibleFieldsAreRefusedOneByOne) {
  const auto refuse = [](auto change) {
    ShmSegment segment = written();
    change(segment);
    return take_shm(segment).error();
  };
  EXPECT_EQ(refuse([](ShmSegment& s) { s.mode = 2; }), Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.mode = -1; }), Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.leap = 4; }), Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.leap = -1; }), Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.clock_seconds = -1; }), Nothing::malformed);
  EXPECT_EQ(
      refuse([](ShmSegment& s) { s.clock_seconds = std::numeric_limits<std::int64_t>::max(); }),
      Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.receive_micros = 1'000'000; }), Nothing::malformed);
  EXPECT_EQ(refuse([](ShmSegment& s) { s.clock_micros = -1; }), Nothing::malformed);
}

// The seqlock of mode 1 against a writer that never rests: every field of a write is its number.
TEST(Shm, AFullSpeedWriterNeverGetsATornLookTaken) {
  static ShmSegment segment;
  segment = {.mode = 1};
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    for (std::int32_t n = 1; !stop.load(std::memory_order_relaxed); n = n % 900'000 + 1) {
      std::atomic_ref{segment.valid}.store(0, std::memory_order_release);
      std::atomic_ref{segment.count}.fetch_add(1, std::memory_order_acq_rel);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      std::atomic_ref{segment.clock_seconds}.store(n, std::memory_order_relaxed);
      std::atomic_ref{segment.receive_seconds}.store(n, std::memory_order_relaxed);
      std::atomic_ref{segment.clock_micros}.store(n, std::memory_order_relaxed);
      std::atomic_ref{segment.receive_micros}.store(n, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      std::atomic_ref{segment.count}.fetch_add(1, std::memory_order_acq_rel);
      std::atomic_ref{segment.valid}.store(1, std::memory_order_release);
      for (int rest = 0; rest < n % 300; ++rest) asm volatile("" ::: "memory");
    }
  }};
  int looks = 0;
  for (int i = 0; i < 500'000'000 && looks <= 100'000; ++i) {
    // One processor may have to do for both: a yield alone may leave it to us.
    if (i % 1024 == 0) std::this_thread::sleep_for(1us);
    const auto look = take_shm(segment);
    if (!look) continue;
    ++looks;
    ASSERT_EQ(look->utc.since_zero, look->system.since_zero);
    ASSERT_EQ(look->utc.since_zero / 1s, (look->utc.since_zero % Nanos{1s}) / 1us);
  }
  stop = true;
  writer.join();
  EXPECT_GT(looks, 100'000);
}

Octets octets_of(const SockMessage& message) {
  return {reinterpret_cast<const std::byte*>(&message), sizeof message};
}

TEST(Sock, ADatagramIsAnOffsetAtATime) {
  const SockMessage message{
      .seconds = 1'795'000'000, .micros = 500'000, .offset = -0.25, .pulse = 1, .leap = 2};
  const auto look = parse_sock(octets_of(message));
  ASSERT_TRUE(look);
  EXPECT_EQ(look->system.since_zero, 1'795'000'000s + 500ms);
  EXPECT_EQ(look->utc.since_zero, 1'795'000'000s + 250ms);
  EXPECT_TRUE(look->is_pulse);
  EXPECT_EQ(look->leap, Leap::remove);
}

TEST(Sock, EverySizeButFortyIsRefused) {
  const SockMessage message{.seconds = 1'795'000'000};
  std::array<std::byte, 80> longer{};
  std::memcpy(longer.data(), &message, sizeof message);
  for (std::size_t size = 0; size <= longer.size(); ++size) {
    EXPECT_EQ(parse_sock(Octets{longer}.first(size)).has_value(), size == 40) << size;
  }
}

TEST(Sock, NanInfinityAndNonsenseAreRefused) {
  const auto is_taken = [](auto change) {
    SockMessage message{.seconds = 1'795'000'000};
    change(message);
    return parse_sock(octets_of(message)).has_value();
  };
  EXPECT_TRUE(is_taken([](SockMessage&) {}));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.offset = std::nan(""); }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.offset = HUGE_VAL; }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.offset = -5e9; }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.magic = 0; }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.leap = 3; }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.micros = 1'000'000; }));
  EXPECT_FALSE(is_taken([](SockMessage& m) { m.seconds = -1; }));
  EXPECT_FALSE(
      is_taken([](SockMessage& m) { m.seconds = std::numeric_limits<std::int64_t>::max(); }));
}

}  // namespace
}  // namespace ntp::refclockd
