// What exchanges prove, whatever the path does.
#include "common/sync/proven_span.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr Nanos utc_minus_raw{1'800'000'000s};

// An exchange that leaves at `raw`, between clocks that differ by `utc_minus_raw`.
Sample exchange(Nanos raw, Nanos up, Nanos down, Nanos server_wrong = 0ns) {
  const UtcTime arrival{raw + up + utc_minus_raw + server_wrong};
  return {.sent = RawTime{raw},
          .server_received = arrival,
          .server_sent = arrival + 10us,
          .received = RawTime{raw + up + 10us + down},
          .precision = 1ns};
}
Nanos error_of(const ProvenSpan& span, Nanos raw, Nanos guess, Rate doubt = {}) {
  return span.most_error(RawTime{raw}, UtcTime{raw + utc_minus_raw + guess}, {}, doubt);
}

TEST(ProvenSpan, TheTruthIsInsideHoweverLopsidedThePath) {
  for (const Nanos up : {Nanos{0}, Nanos{1ms}, Nanos{20ms}}) {
    ProvenSpan span;
    for (int i = 0; i < 20; ++i)
      span.take(exchange(i * Nanos{64s}, up + i % 3 * 1ms, 20ms - up + i % 5 * 2ms), {}, {});
    // The midpoint of what a path of 20 ms leaves is wrong by up to 10 ms, and the span says so.
    EXPECT_GE(error_of(span, 1300s, up / 2 - (20ms - up) / 2),
              std::chrono::abs(up / 2 - (20ms - up) / 2));
    EXPECT_LE(error_of(span, 1300s, 0ns), std::max(up, 20ms - up) + 1us);
  }
}

TEST(ProvenSpan, EachDirectionsQuickestPacketCountsAlsoWhenNoExchangeHadBoth) {
  ProvenSpan span;
  span.take(exchange(0s, 1ms, 30ms), {}, {});
  span.take(exchange(64s, 30ms, 2ms), {}, {});
  EXPECT_EQ(error_of(span, 65s, 0ns), 2ms + 1ns);
  EXPECT_EQ(error_of(span, 65s, 500us), 2500us + 1ns);
  EXPECT_EQ(error_of(span, 65s, -500us), 1500us + 1ns);
}

TEST(ProvenSpan, AnOldProofFadesAsTheRateMayHaveStrayed) {
  ProvenSpan span;
  span.take(exchange(0s, 1ms, 1ms), {}, {});
  span.take(exchange(1000s, 50ms, 50ms), {}, ppm(1));
  EXPECT_NEAR(to_seconds(error_of(span, 1001s, 0ns)), 2e-3, 1e-6);
  EXPECT_NEAR(to_seconds(error_of(span, 2000s, 0ns, ppm(1))), 3e-3, 2e-6);
}

TEST(ProvenSpan, ASteppedServerMakesOldProofsVoid) {
  ProvenSpan span;
  span.take(exchange(0s, 1ms, 1ms), {}, {});
  span.take(exchange(64s, 10ms, 10ms, 1s), {}, {});
  EXPECT_EQ(error_of(span, 65s, 1s), 10ms + 1ns);
  EXPECT_GE(error_of(span, 65s, 0s), 1s);
}

TEST(ProvenSpan, NoiseBeyondTheRoundTripMakesNoNegativeBound) {
  ProvenSpan span;
  span.take(exchange(0s, 1us, -300us), {}, {});
  EXPECT_GE(error_of(span, 1s, 150us), 149us);
}

}  // namespace
}  // namespace ntp
