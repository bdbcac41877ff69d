// When an equal is told the time: at our pace, whatever it sends.
#include <gtest/gtest.h>

#include "ntpd-net/peers.h"
#include "ntpd-net/source.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

SourceSettings equal() {
  SourceSettings settings;
  settings.kind = SourceKind::peer;
  settings.name = "192.0.2.1";
  settings.minpoll = 4;
  return settings;
}

class Peer : public testing::Test {
 protected:
  Source source = make_source(equal(), {ipv4_loopback, 123}, SourceIndex{0}, nullptr);
  FakeClocks clocks;
  std::uint64_t stamp = 0xe0000000'00000000;

  void tell() {
    stamp += 2;
    begin_peer_packet(source, {clocks.monotonic, clocks.raw}, {.transmit = {stamp}}, 0);
  }
  Taken hear(WireTime origin, int poll_log2, Nanos hold = 0s) {
    const UtcTime there{clocks.system.since_zero};
    const Header packet{.version = 4,
                        .mode = Mode::active,
                        .stratum = 2,
                        .poll_log2 = static_cast<std::int8_t>(poll_log2),
                        .precision_log2 = -20,
                        .refid = 0x0a000001,
                        .origin = origin,
                        .receive = to_wire(there - hold),
                        .transmit = to_wire(there)};
    return take_answer(source, packet, {clocks.raw, true}, {}, StampKind::kernel, {}, Nanos{60},
                       {});
  }
};

TEST_F(Peer, APacketIsFollowedByTheNextAnIntervalLaterWhateverIsHeard) {
  tell();
  EXPECT_EQ(source.request.when() - clocks.monotonic, Nanos{16s});
  for (int i = 0; i < 1000; ++i) {
    clocks.pass(1ms);
    EXPECT_FALSE(hear({7}, 4).answered);
    fall_out_of_step(source, 0);
  }
  EXPECT_EQ(source.request.when() - source.asked, Nanos{8s});
  EXPECT_EQ(source.counts.sent, 1u);
}

TEST_F(Peer, AnAnswerMovesTheNextPacketHalfAnIntervalBehindIt) {
  tell();
  clocks.pass(12s);
  ASSERT_TRUE(hear({stamp}, 4, 12s - 1ms).is_good);
  schedule_after_sample(source, {}, 0.5);
  EXPECT_EQ(source.request.when() - source.asked, Nanos{20s});
}

TEST_F(Peer, NewsOfAnotherSourceChangesNothing) {
  for (int i = 0; i < 40; ++i) {
    tell();
    clocks.pass(12s);
    ASSERT_TRUE(hear({stamp}, 4, 12s - 1ms).is_good) << i;
    schedule_after_sample(source, {}, 0.5);
  }
  clocks.pass(2s);
  EXPECT_FALSE(bring_forward(source, clocks.monotonic));
}

TEST_F(Peer, TheSpreadOnlyLengthensAWait) {
  for (const double spread : {0.0, 0.5, 0.99}) {
    begin_peer_packet(source, {clocks.monotonic, clocks.raw}, {.transmit = {1}}, spread);
    const Nanos wait = source.request.when() - clocks.monotonic;
    EXPECT_GE(wait, Nanos{16s});
    EXPECT_LE(wait, Nanos{16'320ms});
  }
}

TEST_F(Peer, TheShorterOfBothIntervalsIsKeptButNeverBelowMinpoll) {
  source = make_source(
      [] {
        auto s = equal();
        s.minpoll = 5, s.maxpoll = 10;
        return s;
      }(),
      {ipv4_loopback, 123}, SourceIndex{0}, nullptr);
  tell();
  EXPECT_EQ(source.request.when() - source.asked, Nanos{32s});
  clocks.pass(1s);
  ASSERT_TRUE(hear({stamp}, 1).is_good);
  tell();
  EXPECT_EQ(source.request.when() - source.asked, Nanos{32s});
}

TEST_F(Peer, EightPacketsWithoutAnAnswerMakeItUnreachable) {
  tell();
  clocks.pass(1ms);
  ASSERT_TRUE(hear({stamp}, 4).is_good);
  EXPECT_TRUE(source.is_reachable());
  for (int i = 0; i < 8; ++i) tell();
  EXPECT_TRUE(source.is_reachable());
  tell();
  EXPECT_FALSE(source.is_reachable());
}

TEST_F(Peer, LosingAnAnswerKeepsTheSocket) {
  source.socket = *UdpSocket::bind_to({ipv4_loopback, 0}, {});
  tell();
  source.abandon();
  lose_request(source, clocks.monotonic, 0.5);
  EXPECT_TRUE(source.socket.is_open());
}

// What an interleaved packet says is when the one before left, by the better stamp, and not now.
TEST(PeerWords, AnInterleavedPacketTellsTheDepartureThatWasMeasured) {
  FakeClocks clocks;
  const auto daemon = make_daemon(clocks, "peer 192.0.2.1 xleave\n");
  Source& source = daemon->pool.at(0);
  const Header first = words_to_peer(*daemon, source, clocks.read());
  source.peer->begin(first, clocks.raw);
  clocks.pass(300us);
  const RawTime left = clocks.raw;
  const UtcTime left_utc{clocks.system.since_zero};
  source.peer->depart(first.transmit, left);
  clocks.pass(4s);
  const UtcTime there{clocks.system.since_zero};
  const Header theirs{.mode = Mode::active,
                      .stratum = 2,
                      .precision_log2 = -20,
                      .refid = 0x0a000001,
                      .reference = to_wire(there - 5s),
                      .origin = first.transmit,
                      .receive = to_wire(there - 3s),
                      .transmit = to_wire(there)};
  ASSERT_TRUE(source.peer->judge(theirs, {clocks.raw}, Nanos{60}).outcome.has_value());
  clocks.pass(4s);
  const Header second = words_to_peer(*daemon, source, clocks.read());
  EXPECT_EQ(second.origin, theirs.receive);
  EXPECT_NEAR(to_seconds(from_wire(second.transmit) - left_utc), 0, 2e-6);
  EXPECT_NEAR(to_seconds(from_wire(second.receive) - there), 0, 2e-6);
}

}  // namespace
}  // namespace ntp
