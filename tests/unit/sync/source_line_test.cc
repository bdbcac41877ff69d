// Claims of one source's line: what it believes about the oscillator, the path and a step.
#include "common/sync/source_line.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/sync/toy_world.h"

namespace ntp {
namespace {

double error_of(const SourceLine& line, const ToyWorld& world) {
  const LineState& state = line.state();
  const Nanos truth = world.truth().since_zero - world.raw().since_zero;
  return state.offset_at(world.raw()) - to_seconds(truth - state.origin);
}

// Asks `count` times, `gap` s apart; returns the worst error seen on the way.
double ask_often(SourceLine& line, ToyWorld& world, const ToyPath& path, int count,
                 double server_error = 0, double gap = 64) {
  double worst = 0;
  for (int i = 0; i < count; ++i) {
    world.pass(gap);
    line.take(world.ask(path, server_error));
    worst = std::max(worst, std::abs(error_of(line, world)));
  }
  return worst;
}

// Asks `count` times, `gap` s apart, while the crystal wanders by `walk` in sixteen seconds.
void ask_wandering(SourceLine& line, ToyWorld& world, int count, int gap, double walk) {
  for (int i = 0; i < count; ++i) {
    for (int passed = 0; passed < gap; passed += 16) {
      world.pass(16);
      world.set_rate(world.rate() + walk * std::normal_distribution<double>{}(world.chance()));
    }
    line.take(world.ask({}));
  }
}

TEST(SourceLine, LearnsOffsetAndRateFarBelowTheJitter) {
  ToyWorld world{1};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 200);
  EXPECT_LT(std::abs(error_of(line, world)), 10e-6);  // jitter is 100 us each way
  EXPECT_NEAR(line.state().rate, world.true_rate(), 5e-9);
  EXPECT_NEAR(line.base_delay(), 0.01, 20e-6);
}

TEST(SourceLine, ItsDeviationIsHonest) {
  double squares = 0, claimed = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 60);
    squares += error_of(line, world) * error_of(line, world);
    claimed += line.state().offset_variance;
  }
  const double ratio = std::sqrt(squares / claimed);
  EXPECT_GT(ratio, 0.4);
  EXPECT_LT(ratio, 2);
}

TEST(SourceLine, AFirstSampleThatIsFarOffIsOutvotedByTheNextTwo) {
  for (const double wrong : {21.0, -21.0, 0.5}) {
    ToyWorld world{1};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 1, wrong, 2);
    ask_often(line, world, {}, 2, 0, 2);
    EXPECT_LT(std::abs(error_of(line, world)), 1e-3) << wrong;
    EXPECT_LT(ask_often(line, world, {}, 20, 0, 16), 1e-3) << wrong;
    EXPECT_LT(std::abs(error_of(line, world)), 100e-6) << wrong;
  }
}

TEST(SourceLine, AServerThatStepsEarlyIsNotTakenForOneThatBeganWrong) {
  ToyWorld world{1};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 2, 0, 2);
  ask_often(line, world, {}, 1, 0.5, 2);
  EXPECT_LT(std::abs(error_of(line, world)), 1e-3);  // two against one
}

TEST(SourceLine, OneSidedJitterDoesNotPullTheLine) {
  ToyWorld world{2};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {.wait_up = 5e-3, .wait_down = 1e-4}, 300);
  EXPECT_LT(std::abs(error_of(line, world)), 300e-6);  // the mean offset is 2.5 ms off
}

TEST(SourceLine, AFrequencyStepIsFollowedWithinAFewSamples) {
  ToyWorld world{3};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 100);
  world.set_rate(25e-6);
  ask_often(line, world, {}, 8);
  EXPECT_NEAR(line.state().rate, world.true_rate(), 0.7e-6);
  EXPECT_LT(std::abs(error_of(line, world)), 150e-6);
}

// What came for the jump does not stay: eight samples later the rate is known as by a calm crystal.
TEST(SourceLine, ACrystalThatJumpedIsKnownToBeCalmAgain) {
  double squares = 0, claimed = 0;
  constexpr unsigned seeds = 40;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 40, 0, 512);
    world.set_rate(23e-6);
    ask_often(line, world, {}, 2, 0, 512);
    ask_often(line, world, {}, 8, 0, 256);
    squares += square(line.state().rate - world.true_rate());
    claimed += line.state().rate_variance;
  }
  EXPECT_LT(std::sqrt(squares / seeds), 60e-9);
  EXPECT_LT(std::sqrt(claimed / seeds), 100e-9);
}

// What comes for good stays, although nine tenths of it are thought to pass.
TEST(SourceLine, ACalmCrystalThatBecomesAgileIsBelieved) {
  double squares = 0, claimed = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 40);
    ask_wandering(line, world, 40, 64, 4e-7);
    squares += square(line.state().rate - world.true_rate());
    claimed += line.state().rate_variance;
  }
  EXPECT_LT(std::sqrt(squares / claimed), 1.5);
}

TEST(SourceLine, AShiftOfOneDirectionDoesNotMoveTheLine) {
  ToyWorld world{4};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 200);
  EXPECT_LT(ask_often(line, world, {.up = 0.014}, 100), 150e-6);  // naive: 2 ms
  EXPECT_LT(ask_often(line, world, {}, 100), 150e-6);             // and back
}

TEST(SourceLine, ALongerPathInBothDirectionsDoesNotMoveTheLine) {
  ToyWorld world{5};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 200);
  EXPECT_LT(ask_often(line, world, {.up = 0.02, .down = 0.02}, 60), 200e-6);
  EXPECT_NEAR(line.base_delay(), 0.02, 100e-6);
}

TEST(SourceLine, ALongerPathThatIsUnevenDoesNotMoveTheLine) {
  ToyWorld world{10};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 200);
  EXPECT_LT(ask_often(line, world, {.up = 0.019, .down = 0.015}, 60), 300e-6);  // halved: 2 ms
}

// Every other sample takes the longer way, so that no run of them shows it. Taken for one path it
// had 22 times the noise, and the line twice the error.
TEST(SourceLine, ARouteThatFlapsIsTwoPathsAndEachTellsTheTime) {
  double squares = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    for (int i = 0; i < 300; ++i) {
      ask_often(line, world, i % 2 == 0 ? ToyPath{} : ToyPath{.up = 0.014, .down = 0.013}, 1);
      if (i >= 100) squares += error_of(line, world) * error_of(line, world);
    }
    EXPECT_LT(line.best().noise().up.size(), 200e-6) << seed;
  }
  EXPECT_LT(std::sqrt(squares / 2000), 20e-6);  // jitter is 100 us each way
}

// A buffer that is full for an hour and empty for minutes: what came then tells that the rest
// waited, however widely it is spread.
TEST(SourceLine, TheMiddleOfAFullBufferIsNotThePath) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    std::normal_distribution<double> fill{0.08, 0.02};
    double worst = 0;
    for (int i = 0; i < 200; ++i) {
      ToyPath path{.wait_up = 6e-5, .wait_down = 6e-5};
      if (i % 60 < 54) path.up += std::abs(fill(world.chance()));
      const double now = ask_often(line, world, path, 1);
      if (i >= 70) worst = std::max(worst, now);
    }
    EXPECT_LT(worst, 0.5e-3) << seed;
  }
}

// Full for an hour from the second packet on, and again after twenty minutes: what took its level
// for the path the first time, or would do so now, does not lead the line.
TEST(SourceLine, ABufferThatIsFullAgainIsNotThePath) {
  int astray = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    std::exponential_distribution<double> room{1 / 8e-3};
    double worst = 0;
    for (int i = 0; i < 160; ++i) {
      ToyPath path{.up = 0.0116, .down = 0.0116, .wait_up = 8e-5, .wait_down = 8e-5};
      if (i > 0 && i % 90 < 70) path.down += 0.137 - std::min(room(world.chance()), 0.1);
      const double now = ask_often(line, world, path, 1, 0, i < 4 ? 2 : 64);
      if (i >= 20) worst = std::max(worst, now);
    }
    astray += worst > 5e-3 ? 1 : 0;
  }
  EXPECT_EQ(astray, 0);  // 44 if a path is calm to a line that does not lead; 1 if that stays
}

// Thirty times the waits on the way up: no Gaussian may take their middle for the path, and a
// packet that comes earlier than the first few let expect is no outlier.
TEST(SourceLine, JitterOfOneDirectionIsNoGaussian) {
  int astray = 0;
  double squares = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    double wait = 2;
    for (int i = 0; i < 40; ++i, wait = std::min(1024.0, wait * 1.25)) {
      line.take(world.ask({.wait_up = 3e-3, .wait_down = 1e-4}));
      world.pass(wait);
    }
    const double error = error_of(line, world);
    astray += std::abs(error) > 0.7e-3 ? 1 : 0;
    squares += error * error;
  }
  EXPECT_EQ(astray, 0);                         // of 100 starts; 6 with a Gaussian, 2 with outliers
  EXPECT_LT(std::sqrt(squares / 100), 140e-6);  // 230 us with outliers
}

// Longer by 9 ms up and 5 ms down, then home, and so on for days: by the end it tells the time as
// well as home.
TEST(SourceLine, AnUnevenDetourTellsTheTime) {
  double squares = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 60);
    for (int i = 0; i < 20; ++i) {
      EXPECT_LT(ask_often(line, world, {.up = 0.019, .down = 0.015}, 20), 300e-6)
          << seed << ' ' << i;
      const double error = error_of(line, world);
      if (i >= 10) squares += error * error;
      EXPECT_LT(ask_often(line, world, {}, 20), 300e-6) << seed << ' ' << i;
    }
  }
  EXPECT_LT(std::sqrt(squares / 200), 10e-6);  // jitter is 100 us each way
}

TEST(SourceLine, FromOneDetourToALongerOneAndHome) {
  ToyWorld world{13};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 100);
  EXPECT_LT(ask_often(line, world, {.up = 0.014, .down = 0.013}, 30), 300e-6);
  for (int i = 0; i < 3; ++i) {
    EXPECT_LT(ask_often(line, world, {.up = 0.021, .down = 0.019}, 30), 300e-6) << i;
    EXPECT_NEAR(line.base_delay(), 0.02, 200e-6) << i;
    EXPECT_LT(ask_often(line, world, {.up = 0.014, .down = 0.013}, 30), 300e-6) << i;
    EXPECT_NEAR(line.base_delay(), 0.0135, 200e-6) << i;
  }
  EXPECT_LT(ask_often(line, world, {}, 30), 300e-6);
  EXPECT_NEAR(line.base_delay(), 0.01, 100e-6);
}

// Starts behind queues both ways; when they are gone, the delays are sharp again.
TEST(SourceLine, WhatAQueueLeftBehindIsForgottenWhenTheDelaysAreSharpAgain) {
  ToyWorld world{11};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {.wait_up = 60e-3, .wait_down = 60e-3}, 40);
  EXPECT_GT(line.best().noise().up.size(), 10e-3);
  ask_often(line, world, {}, 20);
  EXPECT_LT(line.best().noise().up.size(), 1e-3);
  EXPECT_LT(std::abs(error_of(line, world)), 150e-6);
  ask_often(line, world, {.wait_up = 60e-3}, 12);  // and the next spell is no new path
  EXPECT_LT(std::abs(error_of(line, world)), 300e-6);
}

// The first packet finds it empty, and the other direction is sharp: both together tell the time.
TEST(SourceLine, AStartBehindAQueueInOneDirectionIsToldByTheOther) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_often(line, world, {}, 1);
    const double worst = ask_often(line, world, {.down = 0.19, .wait_down = 15e-3}, 40);
    EXPECT_LT(std::abs(error_of(line, world)), 500e-6) << seed;
    EXPECT_LT(worst, 20e-3) << seed;
  }
}

TEST(SourceLine, ASpellOfCongestionIsWaitedOut) {
  ToyWorld world{6};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 300);
  const double worst = ask_often(line, world, {.wait_up = 30e-3, .wait_down = 1e-4}, 12);
  EXPECT_LT(worst, 500e-6);
  EXPECT_NEAR(line.base_delay(), 0.01, 300e-6);
}

TEST(SourceLine, ASteppedServerIsBelievedAfterThreeSamples) {
  ToyWorld world{7};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 100);
  ask_often(line, world, {}, 6, 0.3);
  EXPECT_NEAR(error_of(line, world), 0.3, 2e-3);
}

TEST(SourceLine, TenYearsOfUptimeLoseNoPrecision) {
  ToyWorld world{8};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 20);
  world.pass(3.2e8);
  ask_often(line, world, {}, 100);
  EXPECT_LT(std::abs(error_of(line, world)), 100e-6);
}

TEST(SourceLine, AKnownRateMakesTheFirstSamplesGood) {
  double with = 0, without = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ToyWorld a{seed}, b{seed};
    SourceLine known{{.rate = a.true_rate(), .rate_deviation = 1e-7}}, unknown{LinePrior{}};
    for (int i = 0; i < 4; ++i) {
      a.pass(2);
      b.pass(2);
      known.take(a.ask({}));
      unknown.take(b.ask({}));
    }
    a.pass(60);
    b.pass(60);
    with += error_of(known, a) * error_of(known, a);
    without += error_of(unknown, b) * error_of(unknown, b);
  }
  EXPECT_LT(with * 25, without);
}

// Sixteen exchanges at 256 s say little of each other where the crystal wanders by more than noise.
TEST(SourceLine, AnAgileCrystalIsFollowedFromTheStart) {
  double squares = 0, claimed = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    ToyWorld world{seed};
    SourceLine line{LinePrior{}};
    ask_wandering(line, world, 16, 256, 4e-8);
    squares += square(line.state().rate - world.true_rate());
    claimed += line.state().rate_variance;
  }
  EXPECT_LT(std::sqrt(squares / claimed), 2);
}

// A file of another machine, 40 ppm off and sure of itself, costs no more than no file.
TEST(SourceLine, AWrongRateFromTheLastRunIsDropped) {
  double wrong = 0, none = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ToyWorld a{seed}, b{seed};
    SourceLine misled{{.rate = a.true_rate() - 40e-6, .rate_deviation = 1e-7}},
        unknown{LinePrior{}};
    for (int i = 0; i < 16; ++i) {
      a.pass(8);
      b.pass(8);
      misled.take(a.ask({}));
      unknown.take(b.ask({}));
    }
    a.pass(60);
    b.pass(60);
    wrong += error_of(misled, a) * error_of(misled, a);
    none += error_of(unknown, b) * error_of(unknown, b);
  }
  EXPECT_LT(wrong, 1.5 * none);
}

TEST(SourceLine, ARateFromTheLastRunIsOnTrustUntilTheFirstExchangesAreIn) {
  ToyWorld world{1};
  SourceLine known{{.rate = world.true_rate(), .rate_deviation = 1e-7}}, unknown{LinePrior{}};
  for (std::size_t i = 1; i <= line::first_exchanges; ++i) {
    world.pass(8);
    known.take(world.ask({}));
    unknown.take(world.ask({}));
    EXPECT_EQ(known.is_on_trust(), i < line::first_exchanges);
    EXPECT_FALSE(unknown.is_on_trust());
  }
}

// One of this machine that came back colder by 1 ppm is given up as the samples ask for it.
TEST(SourceLine, ARateThatChangedSinceTheLastRunIsLetGo) {
  double changed = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    ToyWorld world{seed};
    SourceLine line{{.rate = world.true_rate() - 1e-6, .rate_deviation = 1e-7}};
    for (int i = 0; i < 20; ++i) {
      world.pass(64);
      line.take(world.ask({.up = 15e-3, .down = 15e-3, .wait_up = 1e-3, .wait_down = 1e-3}));
    }
    changed += std::abs(line.state().rate - world.true_rate());
  }
  EXPECT_LT(changed / 10, 0.25e-6);
}

TEST(SourceLine, ASurpriseIsToldAndNoiseIsNone) {
  ToyWorld world{9};
  SourceLine line{LinePrior{}};
  ask_often(line, world, {}, 100);
  double calm = 0;
  for (int i = 0; i < 100; ++i) {
    ask_often(line, world, {}, 1);
    calm = std::max(calm, line.surprise());
  }
  EXPECT_LT(calm, 8);
  world.set_rate(120e-6);
  ask_often(line, world, {}, 1);
  EXPECT_GT(line.surprise(), 20);
}

}  // namespace
}  // namespace ntp
