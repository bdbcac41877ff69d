// A leap second in the network daemon's whole corridor: servers that leap, an oscillator that does
// not, the estimate and what our clients are told, second by second - by root's table, by the
// servers' vote, smeared, removed, and across the end of NTP's era.
#include <gtest/gtest.h>

#include <cstdio>

#include "ntpd-net/served_time.h"
#include "ntpd-net/server_answer.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

constexpr Nanos leap_at{1'909'094'400s};   // 2030-07-01 00:00:00
constexpr Nanos era_leap{2'098'483'200s};  // 2036-07-01, in NTP's era 1
constexpr Nanos end_of_era{2'085'978'496s};

constexpr Nanos quarter{250ms};  // of a second: nobody looks at the very moment

struct LeapWorld {
  LeapWorld(const std::string& lines, Nanos begin, Nanos at, int leap_change)
      : uniform{begin + quarter}, leap{at}, change{leap_change} {
    clocks.system = {begin + quarter};
    daemon = make_daemon(clocks, lines);
    auto memory = create_served_memory();
    EXPECT_TRUE(memory.has_value());
    auto mapped = map_served_to_write(*memory);
    EXPECT_TRUE(mapped.has_value());
    daemon->passage.served = *std::move(mapped);
  }

  void pass(Nanos time) {
    clocks.pass(time);
    uniform += time + oscillator * time;
  }
  [[nodiscard]] Nanos moment() const { return leap - (change < 0 ? 1s : 0s); }
  [[nodiscard]] bool has_leapt() const { return change != 0 && uniform >= moment(); }
  // UTC's POSIX count.
  [[nodiscard]] UtcTime utc() const { return {uniform - (has_leapt() ? change * 1s : 0s)}; }

  // One answer of `place`, whose clock shows `wrong` too much and announces `announced`.
  void hear(int place, Leap announced, Nanos wrong = 0ns) {
    Source& source = daemon->pool.at(place);
    const Header request = begin_request(source, look_at_clocks(*daemon), ++nonce);
    pass(1ms);
    const UtcTime there = utc() + wrong;
    pass(1ms);
    const Header answer{.leap = announced,
                        .version = request.version,
                        .mode = Mode::server,
                        .stratum = 2,
                        .precision_log2 = -25,
                        .root_dispersion = to_short(1ms),
                        .refid = 0x0a010203,
                        .reference = to_wire(there - 5s),
                        .origin = request.transmit,
                        .receive = to_wire(there),
                        .transmit = to_wire(there)};
    const Taken taken = take_answer(source, answer, {clocks.raw, true}, ipv4_loopback,
                                    StampKind::kernel, {}, Nanos{60}, {});
    ASSERT_TRUE(taken.sample.has_value());
    if (is_near_leap(*daemon, taken.sample->server_sent)) return;
    daemon->ensemble.mark_reachable(source.index, true);
    daemon->ensemble.take(source.index, *taken.sample);
    daemon->changed = true;
    publish_estimate(*daemon);
  }
  Leap announcement() const {
    if (change == 0 || has_leapt() || leap - uniform > 86400s) return Leap::none;
    return change > 0 ? Leap::insert : Leap::remove;
  }
  // A second in which the daemon's timers run and every 16th brings the three servers' answers.
  void live_a_second() {
    if (second++ % 16 == 0)
      for (int place = 0; place < 3; ++place) hear(place, announcement());
    pass(500ms);
    look();
    refresh_served(*daemon);
    pass(500ms);
    look();
  }
  // As the loop's turn ends.
  void look() {
    mind_leaps(*daemon);
    publish_estimate(*daemon);
  }

  [[nodiscard]] double estimate_error() const {
    return to_seconds(daemon->reference.combined->line.at(clocks.raw) - utc());
  }
  Serving served() {
    const auto state = read_served(daemon->passage.served->state);
    EXPECT_TRUE(state.has_value());
    return prepare_serving(*state, clocks.read());
  }
  double served_error() { return to_seconds(served().utc_now - utc()); }
  double uniform_served() { return to_seconds(served().utc_now.since_zero - uniform); }

  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon;
  Nanos uniform;  // as if no second were ever inserted
  Nanos leap;
  int change;
  Rate oscillator = ppm(20);  // UTC gains on the raw clock
  std::uint64_t nonce = 1000;
  int second = 0;
};

constexpr const char* three_servers = "server 10.0.0.1\nserver 10.0.0.2\nserver 10.0.0.3\nallow\n";

void tell(const char* name, int t, LeapWorld& world) {
  if (t < -3 || t > 3) return;
  std::printf("%-28s t=%+d estimate %+.6f s  served %+.6f s  LI %d\n", name, t,
              world.estimate_error(), world.served_error(),
              static_cast<int>(world.served().base.leap));
}

// From ten minutes before to ten after: estimate and served time follow UTC's count throughout.
void follow(const char* name, LeapWorld& world) {
  while (world.uniform < world.moment() - 1s) {
    world.live_a_second();
    if (world.second < 60) continue;
    ASSERT_LT(std::abs(world.estimate_error()), 1e-4) << world.second;
  }
  for (int t = -1; t < 600; ++t) {
    const bool is_before = !world.has_leapt();
    tell(name, t, world);
    ASSERT_LT(std::abs(world.estimate_error()), 1e-4) << t;
    ASSERT_LT(std::abs(world.served_error()), 1e-4) << t;
    const Leap wanted = !is_before ? Leap::none : world.change > 0 ? Leap::insert : Leap::remove;
    ASSERT_EQ(world.served().base.leap, wanted) << t;
    world.live_a_second();
  }
  EXPECT_EQ(world.daemon->ensemble.combined()->combined_sources, 3);
}

TEST(LeapWorld, ByVoteAnInsertedSecondIsCountedTwice) {
  LeapWorld world{three_servers, leap_at - 600s, leap_at, 1};
  follow("inserted", world);
}

TEST(LeapWorld, ByVoteARemovedSecondIsLeftOut) {
  LeapWorld world{three_servers, leap_at - 600s, leap_at, -1};
  follow("removed", world);
}

TEST(LeapWorld, ALeapInNtpsSecondEraIsNoOther) {
  LeapWorld world{three_servers, era_leap - 600s, era_leap, 1};
  follow("inserted in 2036", world);
}

TEST(LeapWorld, TheEndOfNtpsEraIsNoEvent) {
  LeapWorld world{three_servers, end_of_era - 300s, 0s, 0};
  for (int i = 0; i < 600; ++i) {
    world.live_a_second();
    if (i > 60) {
      ASSERT_LT(std::abs(world.estimate_error()), 1e-4) << i;
    }
  }
  EXPECT_GT(world.uniform, end_of_era);
}

TEST(LeapWorld, OnASingleServersWordNothingLeaps) {
  LeapWorld world{three_servers, leap_at - 600s, 0s, 0};  // there is no leap second
  for (int i = 0; i < 1200; ++i) {
    if (i % 16 == 0)
      for (int place = 0; place < 3; ++place)
        world.hear(place, place == 0 ? Leap::insert : Leap::none);
    world.pass(1s);
    world.look();
    if (i > 60) {
      ASSERT_LT(std::abs(world.estimate_error()), 1e-4) << i;
    }
  }
}

TEST(LeapWorld, RootsTableIsEnoughWhenNoServerAnnouncesIt) {
  LeapWorld world{three_servers, leap_at - 600s, leap_at, 1};
  LeapTable table;
  table.all[0] = {.at = {63'072'000s}, .tai = 37, .change = 0};
  table.all[1] = {.at = {leap_at}, .tai = 38, .change = 1};
  table.count = 2;
  world.daemon->leaps = LeapDuty{table, LeapMode::system};
  for (int i = 0; i < 1200; ++i) {
    if (i % 16 == 0)
      for (int place = 0; place < 3; ++place) world.hear(place, Leap::none);
    world.pass(1s);
    world.look();
    if (i > 60) {
      ASSERT_LT(std::abs(world.estimate_error()), 1e-4) << i;
    }
  }
  EXPECT_TRUE(world.has_leapt());
}

TEST(LeapWorld, SmearedTheServedTimeNeverJumpsAndAnnouncesNothing) {
  LeapWorld world{std::string{three_servers} + "smoothtime 400 0.1 leaponly\n", leap_at - 600s,
                  leap_at, 1};
  double before = 0;
  double worst = 0;
  for (int i = 0; i < 8000; ++i) {  // 2 sqrt(1 s / 0.1 ppm/s) = 6325 s of smear
    world.live_a_second();
    const double now = world.uniform_served();
    if (i > 60) {
      worst = std::max(worst, std::abs(now - before));
      ASSERT_EQ(world.served().base.leap, Leap::none);
    }
    before = now;
    if (world.has_leapt() && std::abs(world.served_error()) > 1e-6) {
      ASSERT_EQ(world.served().base.refid, 0x7f7f01ffu);
    }
    if (i % 500 == 99)
      std::printf("smeared: %5d s after the leap, served %+.6f s\n", i - 600, world.served_error());
  }
  EXPECT_LT(worst, 400e-6);
  EXPECT_LT(std::abs(world.served_error()), 1e-4);
  EXPECT_NEAR(before, -1, 1e-3);
}

// Noon to noon, 11.6 us a second, as some clouds do it; the other three do not.
TEST(LeapWorld, ASmearingServerBesideHonestOnesIsAFalseticker) {
  LeapWorld world{std::string{three_servers} + "server 10.0.0.4\n", leap_at - 43200s - 600s,
                  leap_at, 1};
  const Rate smear{1.0 / 86400};
  char standing = '?';
  for (int i = 0; i < 6000; ++i) {
    if (i % 16 == 0) {
      for (int place = 0; place < 3; ++place) world.hear(place, Leap::insert);
      const Nanos since = std::max(world.uniform - (leap_at - 43200s), Nanos{0});
      world.hear(3, Leap::none, -(smear * since));
    }
    world.pass(1s);
    if (i > 60) {
      ASSERT_LT(std::abs(world.estimate_error()), 1e-3) << i;
    }
  }
  standing = static_cast<char>(
      world.daemon->ensemble.statistics(SourceIndex{3}, world.clocks.raw).standing);
  EXPECT_EQ(standing, 'x');
}

}  // namespace
}  // namespace ntp
