// What the operator says of a reference clock as a source, and how long a silent one is used.
#include "ntpd-net/reference_clocks.h"

#include <gtest/gtest.h>

#include "common/conf/refclock_refid.h"

namespace ntp {
namespace {

class ReferenceClocksTest : public testing::Test {
 protected:
  void configure(RefclockSettings settings) {
    settings.driver = RefclockDriver::sock;
    settings.refid = "GPS";
    settings.poll = 0;
    clocks.emplace(ensemble, std::span{&settings, 1});
    refid = refid_of(settings, 0);
  }
  // A second goes by, with a sample or without.
  void pass_second(bool with_sample, Nanos off = Nanos{0}) {
    now += 1s;
    raw += 1s;
    if (with_sample) {
      const ReferenceSample sample{.sequence = ++sequence,
                                   .reference_id = refid,
                                   .taken = raw,
                                   .utc = {raw.since_zero + off},
                                   .dispersion = 1us,
                                   .delay = 10us};
      const auto taken = clocks->take(sample, std::nullopt, Nanos{0});
      ASSERT_TRUE(taken);
      ensemble.take(SourceIndex{taken->first}, taken->second);
    }
    clocks->move_registers(ensemble, now);
  }
  void pass(int seconds, bool with_samples) {
    for (int i = 0; i < seconds; ++i) pass_second(with_samples);
  }

  Ensemble ensemble{EnsembleOptions{}};
  std::optional<ReferenceClocks> clocks;
  std::uint32_t refid = 0;
  std::uint64_t sequence = 0;
  MonotonicTime now{1000s};
  RawTime raw{5000s};
};

TEST_F(ReferenceClocksTest, MaxsamplesIsHowManyTheLineRestsOn) {
  configure({.maxsamples = 4});
  pass(12, true);
  EXPECT_EQ(ensemble.statistics(clocks->all()[0].index, raw).samples, 4);
}

// As of a server: no sample is left out because it fits badly, so that minsamples is met whatever
// it says.
TEST_F(ReferenceClocksTest, MinsamplesIsAlwaysMet) {
  configure({.minsamples = 40});
  for (int i = 0; i < 40; ++i) pass_second(true, i * i * 3us);
  EXPECT_EQ(ensemble.poll_evidence(clocks->all()[0].index, 0).samples, 40);
}

TEST_F(ReferenceClocksTest, ASilentOneIsUsedForEightIntervals) {
  configure({});
  pass(12, true);
  pass(7, false);
  EXPECT_TRUE(ensemble.combined());
  pass(2, false);
  EXPECT_FALSE(ensemble.combined());
}

TEST_F(ReferenceClocksTest, MaxunreachIsHowManyIntervalsMore) {
  configure({.maxunreach = 5});
  pass(12, true);
  pass(12, false);
  EXPECT_TRUE(ensemble.combined());
  pass(3, false);
  EXPECT_FALSE(ensemble.combined());
}

// Samples come by refclockd's timer, a little before or after ours would fire.
TEST_F(ReferenceClocksTest, TheRegisterHasNoHoleWhereNoSampleIsLost) {
  configure({});
  clocks->move_registers(ensemble, now);
  for (int i = 0; i < 40; ++i) {
    const Nanos late = i % 2 == 0 ? 40ms : -40ms;
    now += late;
    pass_second(true);
    now += -late;
    clocks->move_registers(ensemble, now);
  }
  EXPECT_EQ(clocks->all()[0].reachability, 0xff);
  pass(3, false);
  EXPECT_EQ(clocks->all()[0].reachability, 0xfc) << "two are overdue";
}

TEST_F(ReferenceClocksTest, MaxunreachIsNoReasonToUseOneThatNeverSpoke) {
  configure({.maxunreach = 5});
  pass(3, false);
  EXPECT_EQ(ensemble.statistics(clocks->all()[0].index, raw).standing, Standing::missing);
}

TEST_F(ReferenceClocksTest, ALocalOneIsNoSourceAndIsSeenToRun) {
  configure({.local = true});
  EXPECT_TRUE(clocks->is_local(0));
  const ReferenceSample sample{
      .sequence = 1, .reference_id = refid, .taken = raw, .utc = {raw.since_zero + 7s + 300ms}};
  EXPECT_TRUE(clocks->take_local(sample, Nanos{0}));
  EXPECT_FALSE(clocks->take_local(sample, Nanos{0})) << "it came before";
  clocks->move_registers(ensemble, now);
  EXPECT_EQ(clocks->all()[0].reachability, 1);
  EXPECT_EQ(clocks->all()[0].offset, -300ms);
  EXPECT_TRUE(clocks->local_standard());
}

TEST_F(ReferenceClocksTest, OfSeveralLocalOnesTheFirstCounts) {
  const std::vector<RefclockSettings> lines{{.refid = "GPS"},
                                            {.refid = "OCXO", .poll = 2, .local = true},
                                            {.refid = "TCXO", .local = true}};
  const ReferenceClocks several{ensemble, lines};
  EXPECT_FALSE(several.is_local(0));
  EXPECT_TRUE(several.is_local(1));
  EXPECT_FALSE(several.is_local(2));
}

}  // namespace
}  // namespace ntp
