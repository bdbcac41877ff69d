// Claims of poll control together with the estimator, in a world with a wandering oscillator.
#include <gtest/gtest.h>

#include <cmath>

#include "common/sync/ensemble.h"
#include "tests/unit/sync/toy_world.h"

namespace ntp {
namespace {

struct Poller {
  Poller(unsigned seed, const ToyPath& p, double w, const EnsembleOptions& options = {})
      : world{seed}, path{p}, wander{w}, poll{{.burst_at_start = true}}, ensemble{options} {
    place = *ensemble.add({});
  }
  // Waits as told, with the oscillator wandering second by second, and asks.
  void ask() {
    for (double left = to_seconds(wait); left > 0; left -= 1) {
      rate += wander * std::normal_distribution<double>{}(world.chance());
      world.set_rate(rate);
      world.pass(std::min(left, 1.0));
      if (ensemble.combined()) worst = std::max(worst, std::abs(error()));
    }
    ensemble.take(place, world.ask(path));
    const int before = poll.poll_log2();
    wait = poll.after_sample(ensemble.poll_evidence(place, before));
    changes += poll.poll_log2() != before;
    ++packets;
  }
  void ask_until(double end) {
    while (world.now() < end) ask();
  }
  [[nodiscard]] double error() const {
    return to_seconds(ensemble.combined()->line.at(world.raw()) - world.truth());
  }

  ToyWorld world;
  ToyPath path;
  double wander;
  PollControl poll;
  Ensemble ensemble;
  SourceIndex place{};
  Nanos wait{0};
  double rate = 20e-6, worst = 0;
  int packets = 0, changes = 0;
};

constexpr ToyPath lan{.up = 1e-3, .down = 1e-3, .wait_up = 1e-4, .wait_down = 1e-4};

TEST(PollWorld, ALanClientSendsNoMorePacketsThanChronyAndDoesNotOscillate) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Poller client{seed, lan, 1e-9};
    client.ask_until(30'000);
    client.changes = 0;
    client.ask_until(101'000);
    EXPECT_LE(client.packets, 183);  // chronyd, in the recording chrony_default_p6-10
    EXPECT_LE(client.changes, 8);
    EXPECT_GE(client.poll.poll_log2(), 8);
  }
}

TEST(PollWorld, AFrequencyStepShortensTheIntervalAtOnce) {
  Poller client{4, lan, 1e-10};
  client.ask_until(60'000);
  const int before = client.poll.poll_log2();
  EXPECT_GE(before, 9);
  client.rate += 2e-6;
  client.ask();
  EXPECT_LE(client.poll.poll_log2(), before - 2);
}

// A drift file of another machine, 40 ppm off and sure of itself: while the waits were long from
// the first burst on, since the rate seemed known, 8 clocks of 60 were 1 to 6 ms off after 100 s,
// and it is 1.
TEST(PollWorld, AWordFromTheLastRunIsTriedBeforeTheWaitsAreLong) {
  constexpr ToyPath wan{.up = 15e-3, .down = 15e-3, .wait_up = 1e-3, .wait_down = 1e-3};
  int astray = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Poller client{seed, wan, 1e-9, {.start_rate = ppm(20), .start_rate_deviation = ppm(0.1)}};
    const double began = client.world.now();
    client.ask_until(began + 100);
    client.worst = 0;
    client.ask_until(began + 300);
    astray += client.worst > 1e-3 ? 1 : 0;
  }
  EXPECT_LE(astray, 2);
}

TEST(PollWorld, AWildOscillatorIsAskedOften) {
  Poller client{5, {.up = 5e-5, .down = 5e-5, .wait_up = 1e-6, .wait_down = 1e-6}, 1e-7};
  client.ask_until(20'000);
  EXPECT_LE(client.poll.poll_log2(), 7);
}

}  // namespace
}  // namespace ntp
