// Claims of the ensemble: who is selected, what is published, what operators wished.
#include "common/sync/ensemble.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/unit/sync/toy_world.h"

namespace ntp {
namespace {

// Several servers asked in turn, one oscillator.
struct Scene {
  explicit Scene(unsigned seed, EnsembleOptions options = {}) : world{seed}, ensemble{options} {}

  SourceIndex add(double server_error = 0, SourceOptions options = {}, ToyPath path = {}) {
    places.push_back(*ensemble.add(options));
    errors.push_back(server_error);
    paths.push_back(path);
    stratum.push_back(1);
    return places.back();
  }
  void round(double gap = 64) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      world.pass(gap / static_cast<double>(places.size()));
      if (places[i].value < 0) continue;
      Sample sample = world.ask(paths[i], errors[i]);
      sample.stratum = stratum[i];
      ensemble.take(places[i], sample);
    }
  }
  void rounds(int count, double gap = 64) {
    for (int i = 0; i < count; ++i) round(gap);
  }
  [[nodiscard]] Standing standing(std::size_t i) const {
    return ensemble.statistics(places[i], world.raw()).standing;
  }
  [[nodiscard]] double error() const {
    return to_seconds(ensemble.combined()->line.at(world.raw()) - world.truth());
  }

  ToyWorld world;
  Ensemble ensemble;
  std::vector<SourceIndex> places;
  std::vector<double> errors;
  std::vector<ToyPath> paths;
  std::vector<std::uint8_t> stratum;
};

TEST(Ensemble, OneSourceIsFollowedFromItsSecondSample) {
  Scene scene{1};
  scene.add();
  scene.rounds(1, 2);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::waiting_statistics);
  scene.rounds(1, 2);
  ASSERT_TRUE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::selected);
  EXPECT_EQ(scene.ensemble.combined()->stratum, 2);
  EXPECT_LT(std::abs(scene.error()), 1e-3);
}

// Offsets that vary by some 70 us from one to the next, of a line that is known to 10.
TEST(Ensemble, MaxjitterIsOfTheOffsetsAndHoldsAtOnceWhenItChanges) {
  Scene scene{1};
  scene.add();
  scene.rounds(100, 64);
  EXPECT_EQ(scene.standing(0), Standing::selected);
  scene.ensemble.change(EnsembleOptions{.most_jitter = 30us});
  EXPECT_EQ(scene.standing(0), Standing::jittery);
  scene.rounds(1, 64);
  EXPECT_EQ(scene.standing(0), Standing::jittery);
  scene.ensemble.change(EnsembleOptions{.most_jitter = 200us});
  EXPECT_EQ(scene.standing(0), Standing::selected);
}

TEST(Ensemble, ABurstAfterAGapIsNotTheIntervalAtWhichASourceIsAsked) {
  Scene scene{1};
  scene.add();
  scene.rounds(8, 64);
  EXPECT_NEAR(to_seconds(scene.ensemble.combined()->sample_interval), 64, 1);
  scene.rounds(1, 7200);
  scene.rounds(1, 2);
  EXPECT_GT(scene.ensemble.combined()->sample_interval, 1024s);
  scene.rounds(8, 512);
  EXPECT_NEAR(to_seconds(scene.ensemble.combined()->sample_interval), 512, 1);
}

TEST(Ensemble, TheServoTakesItsTimeOnlyWhileTheLineSettles) {
  Scene scene{1};
  scene.add();
  const auto intervals = [&] {
    return scene.ensemble.combined()->time_scale / scene.ensemble.combined()->sample_interval;
  };
  scene.rounds(8, 64);
  EXPECT_EQ(intervals(), 1);
  scene.rounds(1, 64);
  EXPECT_EQ(intervals(), 12);
  scene.rounds(30, 64);
  EXPECT_EQ(intervals(), 12);
  scene.rounds(1, 64);
  EXPECT_EQ(intervals(), 1);
  scene.add();  // a newcomer to a line that is known
  scene.rounds(12, 64);
  EXPECT_EQ(intervals(), 1);
}

TEST(Ensemble, AGapWhileTheLineSettlesIsNotTakenTwelveTimes) {
  Scene scene{1};
  scene.add();
  scene.rounds(12, 64);
  scene.rounds(1, 4 * 3600);
  EXPECT_EQ(scene.ensemble.combined()->time_scale, scene.ensemble.combined()->sample_interval);
}

TEST(Ensemble, TwoSamplesThatContradictEachOtherWaitForAThird) {
  Scene scene{1};
  scene.add();
  scene.errors[0] = 21;
  scene.rounds(1, 2);
  scene.errors[0] = 0;
  scene.rounds(1, 2);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::waiting_statistics);
}

TEST(Ensemble, ThePublishedBoundHoldsTheTruth) {
  Scene scene{2};
  scene.add(), scene.add(), scene.add();
  for (int i = 0; i < 300; ++i) {
    scene.round();
    if (!scene.ensemble.combined()) continue;
    const Estimate& line = scene.ensemble.combined()->line;
    ASSERT_LT(std::abs(scene.error()), to_seconds(line.bound_at(scene.world.raw())));
    ASSERT_GT(line.bound, Nanos{0});
  }
}

// Of a crystal that wanders by 1e-9 per sqrt(s).
TEST(Ensemble, TheSkewHoldsTheRateNineteenTimesOfTwenty) {
  int inside = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Scene scene{seed};
    scene.add();
    double rate = 20e-6;
    for (int i = 0; i < 100; ++i) {
      rate += 8e-9 * std::normal_distribution<double>{}(scene.world.chance());
      scene.world.set_rate(rate);
      scene.round();
    }
    const Combined& now = *scene.ensemble.combined();
    inside +=
        std::abs(now.line.rate.fraction - scene.world.true_rate()) < now.skew.fraction ? 1 : 0;
  }
  EXPECT_GE(inside, 182);
  EXPECT_LE(inside, 198);
}

TEST(Ensemble, ALiarAmongFourIsAFalsetickerAndMovesNothing) {
  Scene scene{3};
  scene.add(), scene.add(), scene.add(0.3), scene.add();
  scene.rounds(100);
  EXPECT_EQ(scene.standing(2), Standing::falseticker);
  EXPECT_LT(std::abs(scene.error()), 50e-6);
  EXPECT_EQ(scene.ensemble.combined()->combined_sources, 3);
}

TEST(Ensemble, TwoThatDisagreeAreNoMajority) {
  Scene scene{4};
  scene.add(), scene.add(0.5);
  scene.rounds(10);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::falseticker);
}

TEST(Ensemble, AServerThatDriftsIsFoundLongBeforeItsInterval) {
  Scene scene{5};
  scene.add(), scene.add(), scene.add(), scene.add();
  scene.rounds(100);
  double worst = 0;
  for (int i = 0; i < 300; ++i) {
    scene.errors[1] += 0.2e-6 * 64;  // 0.2 ppm; 10 ms of path keep its interval in the majority
    scene.round();
    worst = std::max(worst, std::abs(scene.error()));
  }
  EXPECT_EQ(scene.standing(1), Standing::falseticker);
  EXPECT_LT(worst, 200e-6);  // it ended 3.8 ms off
  // One that runs with the truth is enough to keep it out; alone it is better than nothing.
  for (const std::size_t lost : {2U, 3U}) scene.ensemble.mark_reachable(scene.places[lost], false);
  scene.round();
  EXPECT_EQ(scene.standing(1), Standing::falseticker);
  scene.ensemble.mark_reachable(scene.places[0], false);
  scene.places[0] = {};
  scene.round();
  EXPECT_NE(scene.standing(1), Standing::falseticker);
  EXPECT_TRUE(scene.ensemble.combined());
}

TEST(Ensemble, TheLiarThatAnswersFirstDoesNotDecideAlone) {
  Scene scene{6};
  scene.add(1.0), scene.add(), scene.add(), scene.add();
  for (int i = 0; i < 5; ++i) {
    scene.round(2);
    if (scene.ensemble.combined()) {
      EXPECT_LT(std::abs(scene.error()), 5e-3);
    }
  }
  EXPECT_TRUE(scene.ensemble.combined());
}

TEST(Ensemble, MoreSourcesMakeABetterLineThanOne) {
  double one = 0, four = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Scene alone{seed}, together{seed};
    alone.add();
    for (int i = 0; i < 4; ++i) together.add();
    alone.rounds(60);
    together.rounds(60);
    one += alone.error() * alone.error();
    four += together.error() * together.error();
  }
  EXPECT_LT(four, one * 0.6);
}

// Three round trips that are alike by chance: a noise scale far too small, a rate far too sure.
TEST(Ensemble, WhatASourceSaidBeforeItWasKnownIsForgotten) {
  for (const unsigned seed : {140, 192}) {
    Scene scene{seed};
    for (int i = 0; i < 5; ++i) {
      const double base = 5e-3 + 4e-3 * i;
      scene.add(0, {}, {.up = base, .down = base, .wait_up = 1e-3, .wait_down = 1e-3});
    }
    scene.rounds(5, 2);
    for (double gap = 4; gap <= 256; gap *= 1.25) scene.rounds(1, gap);
    const Rate rate = scene.ensemble.combined()->line.rate;
    EXPECT_NEAR(rate.fraction, scene.world.true_rate(), 0.4e-6) << seed;
    EXPECT_NEAR(scene.error(), 0, 4e-4) << seed;
  }
}

// A far server drifts at 0.2 ppm; what its own noise would excuse, the others know better.
TEST(Ensemble, OneSampleOfADrifterDragsNothing) {
  constexpr std::array bases{5e-3, 12e-3, 20e-3, 15e-3}, waits{1e-3, 5e-4, 1e-3, 2e-3};
  for (const unsigned seed : {44, 59}) {
    Scene scene{seed};
    for (std::size_t i = 0; i < bases.size(); ++i) {
      const double wait = waits[i];
      scene.add(0, {}, {.up = bases[i], .down = bases[i], .wait_up = wait, .wait_down = wait});
    }
    double worst = 0;
    for (double gap = 4; scene.world.now() < 16000; gap = std::min(1024.0, gap * 1.25)) {
      scene.errors[3] = 2e-7 * scene.world.now();
      scene.round(gap);
      if (scene.world.now() > 3000) worst = std::max(worst, std::abs(scene.error()));
    }
    EXPECT_LT(worst, 4e-4) << seed;
  }
}

TEST(Ensemble, SourcesThatJoinAndLeaveMakeNoStep) {
  Scene scene{7};
  for (int i = 0; i < 12; ++i) scene.add();  // more than the joint filter holds
  scene.rounds(30);
  double worst = 0;
  for (int i = 0; i < 40; ++i) {
    const auto k = static_cast<std::size_t>(i % 12);
    scene.ensemble.remove(scene.places[k]);
    scene.places[k] = *scene.ensemble.add({});
    scene.round();
    ASSERT_TRUE(scene.ensemble.combined());
    worst = std::max(worst, std::abs(scene.error()));
  }
  EXPECT_LT(worst, 60e-6);
}

TEST(Ensemble, ANearSourceTakesTheNinthPlaceFromAFarOne) {
  Scene scene{18};
  const ToyPath far{.up = 0.05, .down = 0.05, .wait_up = 3e-3, .wait_down = 3e-3};
  for (int i = 0; i < 9; ++i) scene.add(0, {}, far);
  scene.rounds(30);
  EXPECT_EQ(scene.ensemble.combined()->combined_sources, 8);
  scene.add(0, {}, {.up = 1e-3, .down = 1e-3, .wait_up = 1e-5, .wait_down = 1e-5});
  scene.rounds(30);
  EXPECT_NE(scene.standing(9), Standing::outlier);
  EXPECT_LT(std::abs(scene.error()), 20e-6);
}

TEST(Ensemble, RemovingTheReferenceLeavesAnotherOne) {
  Scene scene{19};
  scene.add(), scene.add(), scene.add();
  scene.rounds(20);
  const SourceIndex gone = scene.ensemble.combined()->reference;
  scene.ensemble.remove(gone);
  ASSERT_TRUE(scene.ensemble.combined());
  EXPECT_NE(scene.ensemble.combined()->reference, gone);
}

TEST(Ensemble, RemovingTheOnlySourceLeavesNoLine) {
  Scene scene{20};
  const SourceIndex only = scene.add();
  scene.rounds(10);
  scene.ensemble.remove(only);
  EXPECT_FALSE(scene.ensemble.combined());
}

TEST(Ensemble, NobodySelectableLeavesNoLine) {
  Scene scene{8};
  const SourceIndex only = scene.add();
  scene.rounds(10);
  scene.ensemble.mark_reachable(only, false);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::stale);
  scene.ensemble.mark_reachable(only, true);
  scene.round();
  EXPECT_TRUE(scene.ensemble.combined());
}

TEST(Ensemble, AnUnsynchronisedServerIsNotFollowed) {
  Scene scene{9};
  const SourceIndex only = scene.add();
  scene.rounds(5);
  Sample alarm = scene.world.ask({});
  alarm.leap = Leap::unsynchronised;
  scene.ensemble.take(only, alarm);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::unsynchronised);
}

TEST(Ensemble, ThePreferredSourceRulesAlone) {
  Scene scene{10};
  scene.add(), scene.add(0, {.prefer = true}), scene.add();
  scene.rounds(20);
  EXPECT_EQ(scene.standing(1), Standing::selected);
  EXPECT_EQ(scene.standing(0), Standing::not_preferred);
  EXPECT_EQ(scene.ensemble.combined()->combined_sources, 1);
}

TEST(Ensemble, NoselectIsMeasuredAndNeverUsed) {
  Scene scene{11};
  scene.add(0, {.noselect = true});
  scene.rounds(10);
  EXPECT_FALSE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::noselect);
  EXPECT_GT(scene.ensemble.statistics(scene.places[0], scene.world.raw()).samples, 5);
}

TEST(Ensemble, WhatMayBeSelectedAgainIsFollowedAtOnce) {
  Scene scene{11};
  scene.add(0, {.noselect = true});
  scene.rounds(20);
  scene.ensemble.change(scene.places[0], {});
  ASSERT_TRUE(scene.ensemble.combined());
  EXPECT_EQ(scene.standing(0), Standing::selected);
  EXPECT_LT(std::abs(scene.error()), 50e-6);
}

TEST(Ensemble, WhoLeadsAndMayNotAnyMoreIsReplacedAtOnce) {
  for (const bool others_are_members : {false, true}) {
    Scene scene{12};
    scene.add();
    scene.add(0, {.noselect = !others_are_members}, {.wait_up = 3e-4, .wait_down = 3e-4});
    scene.rounds(20);
    ASSERT_EQ(scene.standing(0), Standing::selected);
    scene.ensemble.change(scene.places[1], {});
    scene.ensemble.change(scene.places[0], {.noselect = true});
    EXPECT_EQ(scene.standing(0), Standing::noselect);
    EXPECT_EQ(scene.standing(1), Standing::selected);
    ASSERT_TRUE(scene.ensemble.combined());
    EXPECT_EQ(scene.ensemble.combined()->reference, scene.places[1]);
    EXPECT_LT(std::abs(scene.error()), 2e-3);
  }
}

TEST(Ensemble, MinsourcesAndRequireWait) {
  Scene few{12, {.least_sources = 2}};
  few.add();
  few.rounds(10);
  EXPECT_EQ(few.standing(0), Standing::waiting_others);

  Scene required{13};
  required.add(), required.add(0, {.require = true});
  required.ensemble.mark_reachable(required.places[1], false);
  required.rounds(10);
  EXPECT_FALSE(required.ensemble.combined());
  EXPECT_EQ(required.standing(0), Standing::waiting_others);
  required.add(0, {.require = true});  // one of those with the option is enough
  required.rounds(10);
  EXPECT_TRUE(required.ensemble.combined());
}

TEST(Ensemble, TheOffsetOptionMovesTheSource) {
  Scene scene{14};
  scene.add(0.1, {.offset = -100ms});
  scene.rounds(50);
  EXPECT_LT(std::abs(scene.error()), 50e-6);
}

TEST(Ensemble, ACorrectionOfTheOffsetIsNoDrift) {
  Scene scene{7};
  scene.add(), scene.add(1e-3), scene.add(), scene.add();
  scene.rounds(200);
  scene.ensemble.change(scene.places[1], {.offset = -1ms});
  for (int i = 0; i < 100; ++i) {
    scene.round();
    EXPECT_NE(scene.standing(1), Standing::falseticker) << i;
  }
}

TEST(Ensemble, ANewEpochKeepsTheRateAndNotTheOffset) {
  Scene scene{15};
  scene.add();
  scene.rounds(200);
  scene.ensemble.begin_epoch();
  EXPECT_FALSE(scene.ensemble.combined());
  scene.errors[0] = 20;  // the raw clock stood still for so long
  scene.rounds(3, 2);
  ASSERT_TRUE(scene.ensemble.combined());
  EXPECT_NEAR(scene.error(), 20, 2e-3);
  EXPECT_NEAR(scene.ensemble.combined()->line.rate.fraction, scene.world.true_rate(), 0.2e-6);
}

TEST(Ensemble, TheReferenceIsTheNearestAndDoesNotHop) {
  Scene scene{16};
  scene.add(0, {}, {.up = 0.030, .down = 0.030}), scene.add(0, {}, {.up = 0.001, .down = 0.001});
  scene.add(0, {}, {.up = 0.0012, .down = 0.0012});
  scene.rounds(30);
  const int reference = scene.ensemble.combined()->reference.value;
  EXPECT_NE(reference, 0);
  for (int i = 0; i < 50; ++i) {
    scene.round();
    EXPECT_EQ(scene.ensemble.combined()->reference.value, reference);
  }
}

TEST(Ensemble, AllPlacesTakenIsToldAndAPlaceIsUsedAgain) {
  Ensemble ensemble{EnsembleOptions{}};
  std::vector<SourceIndex> places;
  while (const auto place = ensemble.add({})) places.push_back(*place);
  EXPECT_EQ(places.size(), most_sources);
  ensemble.remove(places[17]);
  EXPECT_EQ(ensemble.add({}), places[17]);
}

constexpr ToyPath near_path{.up = 1e-4, .down = 1e-4, .wait_up = 5e-6, .wait_down = 5e-6};

// Two near sources and three far ones, after a jump of the crystal by 11 ppm.
struct Jump : Scene {
  explicit Jump(unsigned seed, double by = 11e-6) : Scene{seed} {
    const ToyPath far_path{.wait_up = 4e-4, .wait_down = 4e-4};
    for (int i = 0; i < 5; ++i) (void)add(0, {}, i < 2 ? near_path : far_path);
    rounds(100);
    world.set_rate(world.rate() + by);
  }
  void hear(std::size_t i, double after) {
    world.pass(after);
    ensemble.take(places[i], world.ask(paths[i], errors[i]));
  }
};

TEST(Ensemble, WhatNearSourcesTellIsNotOutvotedByFarOnesThatCannotTell) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Jump scene{seed};
    scene.hear(0, 8);
    scene.hear(1, 8);
    EXPECT_LT(std::abs(scene.error()), 20e-6) << seed << ", of 176 us by the old line";
  }
}

TEST(Ensemble, ALineThatWasNotHeardSinceTheCrystalJumpedOutvotesNobody) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    for (const double by : {-11e-6, 11e-6}) {
      Jump scene{seed, by};
      for (int i = 0; i < 4; ++i) {
        scene.hear(1, 64);
        EXPECT_NE(scene.standing(1), Standing::falseticker) << seed << ", " << i;
      }
    }
  }
}

TEST(Ensemble, WhoWasSentAwayForWhatIsTrueCountsWhenTheNextSaysTheSame) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Jump scene{seed};
    for (int i = 0; i < 5; ++i) scene.hear(0, 4);
    scene.hear(1, 4);
    EXPECT_LT(std::abs(scene.error()), 50e-6) << seed << ", of 264 us by the old line";
  }
}

// Then the other near one is alone against what far ones cannot refute.
TEST(Ensemble, WhoIsNotSelectedAnyMoreIsNoWitness) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Jump scene{seed};
    for (int i = 0; i < 5; ++i) scene.hear(0, 4);
    scene.ensemble.change(scene.places[0], {.noselect = true});
    scene.hear(1, 4);
    EXPECT_GT(std::abs(scene.error()), 200e-6) << seed;
  }
}

TEST(Ensemble, AnIntervalIsNarrowAgainOnceItsSourceIsHeard) {
  Jump scene{1};
  for (int i = 0; i < 2; ++i) scene.hear(1, 64);
  const auto width = [&] {
    const auto told = scene.ensemble.statistics(scene.places[0], scene.world.raw());
    return to_seconds(told.high - told.low);
  };
  EXPECT_GT(width(), 2e-3);
  scene.rounds(20);
  scene.world.pass(64);
  EXPECT_LT(width(), 6e-4);
}

TEST(Ensemble, NewsIsWhatASelectedSourceDidNotForetell) {
  Scene scene{1};
  for (int i = 0; i < 3; ++i) (void)scene.add(0, {}, near_path);
  (void)scene.add(1, {}, near_path);
  scene.rounds(40);
  const auto has_news = [&](std::size_t i) {
    return is_news(scene.ensemble.poll_evidence(scene.places[i], 6));
  };
  EXPECT_FALSE(has_news(0));
  scene.world.set_rate(scene.world.rate() + 11e-6);
  scene.round();
  EXPECT_TRUE(has_news(0));
  EXPECT_FALSE(has_news(3)) << "what a falseticker says is no news";
}

TEST(Ensemble, PollEvidenceGrowsWithTheInterval) {
  Scene scene{17};
  scene.add();
  scene.rounds(50);
  const PollEvidence near = scene.ensemble.poll_evidence(scene.places[0], 6);
  const PollEvidence far = scene.ensemble.poll_evidence(scene.places[0], 10);
  EXPECT_LT(near.deviation, far.deviation);
  EXPECT_LT(near.deviation_now, near.deviation);
  EXPECT_EQ(near.intercept, far.intercept);
  EXPECT_GT(near.intercept, 100s);
}

}  // namespace
}  // namespace ntp
