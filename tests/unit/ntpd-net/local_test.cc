// `local` with every option, and who follows whom among orphans.
#include <gtest/gtest.h>

#include "common/wire/refid.h"
#include "ntpd-net/links.h"
#include "ntpd-net/orphans.h"
#include "ntpd-net/report.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

constexpr RawTime start{100s};

Reference synchronised(Nanos distance) {
  Reference reference;
  reference.update({.line = {.anchor = start, .utc = {2000s}},
                    .root_dispersion = distance,
                    .stratum = 3,
                    .leap = Leap::none},
                   0x0a000001, ipv4_address(0x0a000001), start);
  return reference;
}

Standpoint seen(const Reference& reference, const LocalWatch& local, Nanos after) {
  return standpoint(reference, local, 3s, start + after);
}

TEST(Local, DistanceSaysHowFarAReferenceMayBe) {
  const Reference reference = synchronised(100ms);
  LocalWatch local{.settings = {.enabled = true, .distance = 200ms}};
  EXPECT_EQ(seen(reference, local, 1s), Standpoint::synchronised);
  local.settings.distance = 50ms;
  EXPECT_EQ(seen(reference, local, 1s), Standpoint::local);
}

TEST(Local, ActivateWaitsForARootDistanceOnceBelowIt) {
  LocalWatch local{.settings = {.enabled = true, .activate = 10ms}};
  EXPECT_EQ(seen({}, local, 1s), Standpoint::unsynchronised);
  local.is_activated = true;
  EXPECT_EQ(seen({}, local, 1s), Standpoint::local);
}

TEST(Local, WaitunsyncedCountsFromTheLossOfTheLastSource) {
  const LocalWatch local{.settings = {.enabled = true, .waitunsynced = 300s}, .lost = start};
  EXPECT_EQ(seen({}, local, 299s), Standpoint::unsynchronised);
  EXPECT_EQ(seen({}, local, 300s), Standpoint::local);
}

TEST(Local, WaitsyncedCountsFromTheLastUpdateOfAReferenceThatIsTooFar) {
  const Reference reference = synchronised(2s);
  const LocalWatch local{.settings = {.enabled = true, .distance = 1s, .waitsynced = 60s}};
  EXPECT_EQ(seen(reference, local, 59s), Standpoint::synchronised);
  EXPECT_EQ(seen(reference, local, 60s), Standpoint::local);
}

// A daemon at 10.0.0.5 that asks 10.0.0.1, 10.0.0.9 and one with real time.
class Orphans : public testing::Test {
 protected:
  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon = make_daemon(
      clocks, "local stratum 10 orphan\nserver 10.0.0.1\nserver 10.0.0.9\nserver 10.0.0.7\n");

  // Six answers, as of this stratum.
  void hear(int place, int stratum) {
    for (int i = 0; i < 6; ++i) {
      Source& source = daemon->pool.at(place);
      const Header request =
          begin_request(source, look_at_clocks(*daemon), 500 + source.counts.sent);
      const UtcTime there{clocks.system.since_zero};
      clocks.pass(2ms);
      const Header answer{.version = request.version,
                          .mode = Mode::server,
                          .stratum = static_cast<std::uint8_t>(stratum),
                          .precision_log2 = -25,
                          .root_dispersion = to_short(1ms),
                          .refid = 0x7f7f0101,
                          .reference = to_wire(there - 5s),
                          .origin = request.transmit,
                          .receive = to_wire(there + 1ms),
                          .transmit = to_wire(there + 1ms)};
      const Taken taken = take_answer(source, answer, {clocks.raw, true}, ipv4_address(0x0a000005),
                                      StampKind::kernel, {}, Nanos{60}, {});
      ASSERT_TRUE(taken.sample.has_value());
      daemon->ensemble.mark_reachable(source.index, true);
      daemon->ensemble.take(source.index, *taken.sample);
      daemon->changed = true;
      publish_estimate(*daemon);
      clocks.pass(2s);
    }
  }
  char standing(int place) {
    return static_cast<char>(
        daemon->ensemble.statistics(daemon->pool.at(place).index, clocks.raw).standing);
  }
};

TEST_F(Orphans, TheSmallestReferenceIdIsFollowed) {
  hear(1, 10);
  EXPECT_EQ(standing(1), 'O') << "10.0.0.9 has a larger id than ours: it is to follow us";
  EXPECT_FALSE(daemon->reference.is_current);
  hear(0, 10);
  EXPECT_EQ(standing(0), '*') << "10.0.0.1 has a smaller one: we follow it";
  EXPECT_EQ(daemon->reference.combined->stratum, 11);
}

TEST_F(Orphans, RealTimeGoesBeforeEveryOrphan) {
  hear(0, 10);
  EXPECT_EQ(standing(0), '*');
  hear(2, 3);
  EXPECT_EQ(standing(2), '*');
  EXPECT_EQ(standing(0), 'O');
  EXPECT_EQ(daemon->reference.combined->stratum, 4);
}

TEST_F(Orphans, WhoFollowsAnOrphanIsNoRealTime) {
  hear(1, 11);
  EXPECT_EQ(standing(1), 'O');
}

TEST_F(Orphans, WithoutTheOptionAStratumIsAStratum) {
  daemon->local.settings.orphan = false;
  hear(1, 10);
  EXPECT_EQ(standing(1), '*');
}

TEST(Maxclockerror, IsHowFastTheBoundGrows) {
  Rate growth[2];
  for (const int fast : {0, 1}) {
    FakeClocks clocks;
    const auto daemon = make_daemon(
        clocks, std::string{"server 192.0.2.1 iburst\n"} + (fast != 0 ? "maxclockerror 50\n" : ""));
    for (int i = 0; i < 6; ++i) {
      feed_sample(*daemon, clocks, 0, 0ns);
      clocks.pass(2s);
    }
    growth[fast] = daemon->reference.combined->line.bound_growth;
  }
  EXPECT_NEAR((growth[1] - growth[0]).ppm(), 49, 1e-6);
}

// ---- links ---------------------------------------------------------------------------------

TEST(Links, TheOperatorsWordIsNotTheRoutes) {
  FakeClocks clocks;
  const auto daemon = make_daemon(clocks, "server 127.0.0.1\nserver 127.0.0.2 offline\n");
  Source& held = daemon->pool.at(1);
  EXPECT_FALSE(held.online);
  follow_links(*daemon);
  EXPECT_FALSE(held.online) << "a route leads there, but the configuration said offline";
  put_online(*daemon, held);
  EXPECT_TRUE(held.online);
  put_offline(held);
  follow_links(*daemon);
  EXPECT_FALSE(held.online);
  obey_routes(*daemon);
  EXPECT_TRUE(held.online);
}

TEST(Links, AnUnansweredRequestIsRepeatedInABurstWhenALinkHasChanged) {
  FakeClocks clocks;
  const auto daemon = make_daemon(clocks, "server 127.0.0.1\n");
  Source& source = daemon->pool.at(0);
  (void)begin_request(source, look_at_clocks(*daemon), 1);
  clocks.pass(1s);
  follow_links(*daemon);
  EXPECT_FALSE(source.poll.in_burst()) << "not faster than a burst asks";
  clocks.pass(1s);
  follow_links(*daemon);
  EXPECT_TRUE(source.poll.in_burst());
  EXPECT_TRUE(source.request.is_due(clocks.monotonic));
}

TEST(Links, ASourceWithoutItsKeyIsNeverAsked) {
  FakeClocks clocks;
  const auto daemon = make_daemon(clocks, "server 127.0.0.1 key 7\n");
  Source& source = daemon->pool.at(0);
  EXPECT_FALSE(source.online);
  put_online(*daemon, source);
  obey_routes(*daemon);
  follow_links(*daemon);
  EXPECT_FALSE(source.online);
  EXPECT_FALSE(source.request.is_armed());
}

}  // namespace
}  // namespace ntp
