// The client role without sockets: reports, commands, what it tells of itself.
#include "ntpd-net/daemon.h"

#include <gtest/gtest.h>

#include "ntpd-net/command.h"
#include "ntpd-net/control.h"
#include "ntpd-net/manual_input.h"
#include "ntpd-net/report.h"
#include "ntpd-net/served_time.h"
#include "tests/unit/ntpd-net/fake_world.h"

namespace ntp {
namespace {

using control::Command;
using control::Status;

constexpr const char* two_servers = "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst noselect\n";

Status say(Daemon& daemon, Command command, control::RequestBody body = control::Empty{}) {
  return obey(daemon, {.command = command, .length = 520, .body = std::move(body)});
}

control::SourceAddress address(const char* text) { return {.address = *parse_address(text)}; }

class DaemonTest : public testing::Test {
 protected:
  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon = make_daemon(clocks, two_servers);

  void synchronise(Nanos ahead) {
    for (int i = 0; i < 6; ++i) {
      feed_sample(*daemon, clocks, 0, ahead);
      clocks.pass(2s);
    }
    ASSERT_TRUE(daemon->reference.is_current);
  }
};

TEST_F(DaemonTest, BeforeTheFirstSampleTrackingSaysNotSynchronised) {
  const auto tracking = report_tracking(*daemon);
  EXPECT_EQ(tracking.ref_id, 0u);
  EXPECT_EQ(tracking.leap, 3);
  EXPECT_EQ(report_source(*daemon, 0)->since_sample, control::never_ago);
}

TEST_F(DaemonTest, AClockThatIsBehindIsSlowInTrackingAndNegativeInSources) {
  synchronise(30ms);  // the server is ahead of us
  const auto tracking = report_tracking(*daemon);
  EXPECT_NEAR(tracking.current_correction.count(), 0.030, 1e-4);
  EXPECT_EQ(tracking.stratum, 4);
  EXPECT_EQ(tracking.address, address("192.0.2.1"));
  EXPECT_EQ(tracking.ref_id, 0xc0000201u);
  const auto source = report_source(*daemon, 0);
  EXPECT_NEAR(source->measured_offset.count(), -0.030, 1e-4);
  EXPECT_NEAR(source->adjusted_offset.count(), -0.030, 1e-3);
  EXPECT_EQ(source->state, control::SourceState::selected);
  EXPECT_EQ(source->reachability, 0x3f);
  EXPECT_NEAR(report_ntp_data(*daemon, address("192.0.2.1"))->offset.count(), 0.030, 1e-4);
  EXPECT_NEAR(to_seconds(*system_error(*daemon)), -0.030, 1e-4);
}

TEST_F(DaemonTest, TrackingOutlivesADeletedSource) {
  synchronise(0ms);
  EXPECT_EQ(say(*daemon, Command::delete_source, control::OneAddress{address("192.0.2.1")}),
            Status::success);
  publish_estimate(*daemon);
  EXPECT_EQ(report_tracking(*daemon).stratum, 4);
}

TEST_F(DaemonTest, StatisticsAndSelectionKnowTheSamples) {
  synchronise(0ms);
  EXPECT_GE(report_statistics(*daemon, 0)->samples, 4u);
  EXPECT_EQ(report_statistics(*daemon, 1)->samples, 0u);
  EXPECT_EQ(report_selection(*daemon, 0)->state, '*');
  EXPECT_EQ(report_selection(*daemon, 1)->configured_options, control::select_option::noselect);
  EXPECT_FALSE(report_statistics(*daemon, 2).has_value());
}

TEST_F(DaemonTest, ActivityCountsOnlineAndOffline) {
  EXPECT_EQ(say(*daemon, Command::offline, control::AddressRange{{}, address("192.0.2.2")}),
            Status::success);
  const auto activity = report_activity(*daemon);
  EXPECT_EQ(activity.online + activity.burst_online, 1);
  EXPECT_EQ(activity.offline, 1);
  EXPECT_EQ(say(*daemon, Command::offline, control::AddressRange{{}, address("192.0.2.9")}),
            Status::no_such_source);
}

TEST_F(DaemonTest, AMaskPutsAWholeNetworkOffline) {
  EXPECT_EQ(say(*daemon, Command::offline,
                control::AddressRange{address("255.255.255.0"), address("192.0.2.0")}),
            Status::success);
  EXPECT_EQ(report_activity(*daemon).offline, 2);
}

TEST_F(DaemonTest, SourcesComeAndGoByCommand) {
  control::AddSource add{.name = control::name_of("192.0.2.7"), .flags = control::add_flag::online};
  EXPECT_EQ(say(*daemon, Command::add_source, add), Status::success);
  EXPECT_EQ(say(*daemon, Command::add_source, add), Status::source_already_known);
  EXPECT_EQ(report_rows(*daemon).size(), 3u);
  EXPECT_EQ(say(*daemon, Command::delete_source, control::OneAddress{address("192.0.2.7")}),
            Status::success);
  EXPECT_EQ(say(*daemon, Command::delete_source, control::OneAddress{address("192.0.2.7")}),
            Status::no_such_source);
  EXPECT_EQ(report_rows(*daemon).size(), 2u);
}

TEST_F(DaemonTest, DeletingTheSelectedSourceLeavesNothingSelected) {
  synchronise(0ms);
  EXPECT_EQ(say(*daemon, Command::delete_source, control::OneAddress{address("192.0.2.1")}),
            Status::success);
  publish_estimate(*daemon);
  EXPECT_FALSE(daemon->reference.is_current);
}

TEST_F(DaemonTest, MoreSourcesThanPlacesAreRefusedByName) {
  for (int i = 10; i < 72; ++i) {
    control::AddSource add{.name = control::name_of("198.51.100." + std::to_string(i))};
    EXPECT_EQ(say(*daemon, Command::add_source, add), Status::success) << i;
  }
  control::AddSource add{.name = control::name_of("198.51.100.200")};
  EXPECT_EQ(say(*daemon, Command::add_source, add), Status::too_many_sources);
}

TEST_F(DaemonTest, LocalStratumByCommandShowsInTracking) {
  EXPECT_EQ(say(*daemon, Command::local3,
                control::Local3{.on = 1, .stratum = 12, .distance = Seconds{1}}),
            Status::success);
  EXPECT_EQ(report_tracking(*daemon).stratum, 12);
  EXPECT_EQ(report_tracking(*daemon).ref_id, control::local_refid);
}

TEST_F(DaemonTest, WhatMovesTheClockIsRefused) {
  EXPECT_EQ(say(*daemon, Command::makestep), Status::failed);
  EXPECT_EQ(say(*daemon, Command::doffset, control::DurationValue{Seconds{1}}), Status::failed);
}

TEST_F(DaemonTest, ReportsThatHaveNoSubjectSaySo) {
  EXPECT_EQ(say(*daemon, Command::rekey), Status::failed);
  EXPECT_FALSE(report_hardware_clock(*daemon));
  EXPECT_FALSE(report_smoothing(*daemon));
  EXPECT_FALSE(report_manual(*daemon));
}

TEST_F(DaemonTest, CommandAccessIsCheckedByItsOwnRules) {
  const auto check = [&](const char* text) {
    return say(*daemon, Command::command_access_check, control::OneAddress{address(text)});
  };
  EXPECT_EQ(check("10.1.2.3"), Status::access_denied);
  EXPECT_EQ(say(*daemon, Command::command_allow, control::AccessSubnet{address("10.0.0.0"), 8}),
            Status::success);
  EXPECT_EQ(check("10.1.2.3"), Status::access_allowed);
  EXPECT_EQ(say(*daemon, Command::command_deny, control::AccessSubnet{address("10.0.0.0"), 33}),
            Status::bad_subnet);
}

TEST_F(DaemonTest, TheNearestTimerIsTheFirstRequest) {
  const Nanos wait = until_next_timer(*daemon);
  EXPECT_GT(wait, 0ms);
  EXPECT_LE(wait, 400ms);
}

TEST_F(DaemonTest, AnEstimateReachesTheRingForClockd) {
  auto reader = EstimateReader::adopt(Fd{::dup(daemon->passage.clock.ring().number())});
  ASSERT_TRUE(reader.has_value());
  EXPECT_FALSE(reader->latest().has_value());
  synchronise(30ms);
  const auto record = reader->latest();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->session, 1u);
  const Nanos error = clocks.system.since_zero - record->line.at(clocks.raw).since_zero;
  EXPECT_NEAR(to_seconds(error), -0.030, 1e-4);
}

// Directives and options of selection, by what `selectdata` shows.
class SelectionTest : public testing::Test {
 protected:
  FakeClocks clocks;
  std::unique_ptr<Daemon> daemon;

  void run(const std::string& lines, std::initializer_list<Nanos> ahead, int rounds = 8) {
    daemon = make_daemon(clocks, lines);
    for (int round = 0; round < rounds; ++round) {
      int place = 0;
      for (const Nanos each : ahead) feed_sample(*daemon, clocks, place++, each);
      clocks.pass(16s);
    }
  }
  char state(std::uint32_t row) { return static_cast<char>(report_selection(*daemon, row)->state); }
};

constexpr const char* three = "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3\n";

TEST_F(SelectionTest, WithCombinelimitZeroOneSourceIsUsed) {
  run(three, {0ms, 0ms, 0ms});
  EXPECT_EQ(report_selection(*daemon, 0)->state == '*' || state(0) == '+', true);
  EXPECT_EQ(daemon->ensemble.combined()->combined_sources, 3);
  run(std::string{three} + "combinelimit 0\n", {0ms, 0ms, 0ms});
  int used = 0;
  for (std::uint32_t row = 0; row < 3; ++row) used += state(row) == '*' || state(row) == '+';
  EXPECT_EQ(used, 1);
}

TEST_F(SelectionTest, MinsourcesWaitsForOthers) {
  run("server 192.0.2.1\nminsources 2\n", {0ms});
  EXPECT_EQ(state(0), 'W');
  EXPECT_FALSE(daemon->reference.is_current);
}

TEST_F(SelectionTest, MaxdistanceExcludesWhatIsFurther) {
  run("server 192.0.2.1\nmaxdistance 0.001\n", {0ms});
  EXPECT_EQ(state(0), 'd');
}

TEST_F(SelectionTest, MaxjitterExcludesWhatIsVagueAboutTheTime) {
  run("server 192.0.2.1\nmaxjitter 1e-9\n", {0ms});
  EXPECT_EQ(state(0), '~');
}

// However well many samples together tell the time.
TEST_F(SelectionTest, MaxjitterExcludesWhoseSamplesVary) {
  const auto state_of_noisy = [&](const std::string& lines) {
    run("server 192.0.2.1\n" + lines, {0ms}, 0);
    for (int i = 0; i < 40; ++i) {
      feed_sample(*daemon, clocks, 0, (i * 37 % 101 - 50) * 1ms);
      clocks.pass(16s);
    }
    return state(0);
  };
  EXPECT_EQ(state_of_noisy("maxjitter 0.01\n"), '~');
  EXPECT_EQ(state_of_noisy("maxjitter 0.1\n"), '*');
}

TEST_F(SelectionTest, WhatIsBelowMinstratumOrAboveMaxstratumIsNotUsed) {
  for (const char* outside : {"minstratum 4\n", "maxstratum 2\n"}) {
    run(std::string{"server 192.0.2.1\n"} + outside, {0ms});
    EXPECT_EQ(state(0), 'r') << outside;
    EXPECT_FALSE(daemon->reference.is_current);
  }
  run("server 192.0.2.1\nminstratum 3\nmaxstratum 3\n", {0ms});
  EXPECT_EQ(state(0), '*');
  run("server 192.0.2.1 minstratum 7\nmaxstratum 6\n", {0ms});
  EXPECT_EQ(state(0), 'r');
}

TEST_F(SelectionTest, MinstratumOfASourceRaisesOurs) {
  run("server 192.0.2.1 minstratum 7\n", {0ms});
  EXPECT_EQ(report_tracking(*daemon).stratum, 8);
}

TEST_F(SelectionTest, CopyPassesOnReferenceAndStratumOfTheServer) {
  run("server 192.0.2.1 copy\n", {0ms});
  EXPECT_EQ(report_tracking(*daemon).stratum, 3);
  EXPECT_EQ(report_tracking(*daemon).ref_id, 0x0a010203u);
}

TEST_F(SelectionTest, StratumweightDecidesBetweenNearAndLowStratum) {
  const std::string two = "server 192.0.2.1 minstratum 9\nserver 192.0.2.2\n";
  run(two + "stratumweight 1\n", {0ms, 0ms}, 20);
  EXPECT_EQ(report_tracking(*daemon).ref_id, 0xc0000202u);
}

TEST_F(SelectionTest, MaxsamplesBoundsWhatALineRestsOn) {
  run("server 192.0.2.1 maxsamples 4\n", {0ms}, 12);
  EXPECT_EQ(report_statistics(*daemon, 0)->samples, 4u);
  run("server 192.0.2.1\nmaxsamples 5\n", {0ms}, 12);
  EXPECT_EQ(report_statistics(*daemon, 0)->samples, 5u);
  run("server 192.0.2.1\n", {0ms}, 12);
  EXPECT_GT(report_statistics(*daemon, 0)->samples, 5u);
}

// minsamples is met whatever it says: chronyd leaves old samples out where a line fits badly.
TEST_F(SelectionTest, NoSampleIsLeftOutBecauseALineFitsBadly) {
  run("server 192.0.2.1\nminsamples 40\n", {0ms}, 20);
  for (int round = 0; round < 20; ++round) {
    feed_sample(*daemon, clocks, 0, round * 300us);
    clocks.pass(16s);
  }
  EXPECT_EQ(daemon->ensemble.poll_evidence(SourceIndex{0}, 6).samples, 40);
}

TEST_F(SelectionTest, ARateMoreUncertainThanMaxupdateskewIsNotObeyedAndTheOffsetIs) {
  const auto drifting = [&](const std::string& lines) {
    run("server 192.0.2.1\n" + lines, {0ms}, 0);
    for (int round = 0; round < 12; ++round) {
      feed_sample(*daemon, clocks, 0, 5ms + round * 1600us);  // 100 ppm
      clocks.pass(16s);
    }
    return report_tracking(*daemon);
  };
  const auto obeyed = drifting("maxupdateskew 1000\n");
  EXPECT_NEAR(obeyed.frequency.fraction, -100e-6, 5e-6);
  const auto kept = drifting("maxupdateskew 0.000001\n");
  EXPECT_NEAR(kept.frequency.fraction, 0, 1e-9);
  EXPECT_EQ(say(*daemon, Command::maxupdateskew, control::RateValue{ppm(1000)}), Status::success);
  feed_sample(*daemon, clocks, 0, 5ms + 12 * 1600us);
  EXPECT_NEAR(report_tracking(*daemon).frequency.fraction, -100e-6, 5e-6);
  EXPECT_NEAR(kept.current_correction.count(), 5e-3 + 11 * 1600e-6, 1e-3);
}

// Two at different distances, the further one of the lower stratum.
TEST_F(SelectionTest, ReselectdistIsTheDistanceBelowWhichTheStratumDecides) {
  const auto reference = [&](const std::string& lines) {
    run("server 192.0.2.1\nserver 192.0.2.2\n" + lines, {0ms, 0ms}, 0);
    for (int round = 0; round < 8; ++round) {
      for (const int place : {0, 1}) {
        const UtcTime there{clocks.system.since_zero + 500us};
        daemon->ensemble.mark_reachable(SourceIndex{place}, true);
        daemon->ensemble.take(SourceIndex{place},
                              {.sent = clocks.raw,
                               .server_received = there,
                               .server_sent = there,
                               .received = clocks.raw + 1ms,
                               .root_dispersion = place == 0 ? Nanos{0} : 20ms,
                               .stratum = static_cast<std::uint8_t>(place == 0 ? 3 : 2)});
      }
      daemon->changed = true;
      publish_estimate(*daemon);
      clocks.pass(16s);
    }
    return report_tracking(*daemon).ref_id;
  };
  EXPECT_EQ(reference(""), 0xc0000201u);
  EXPECT_EQ(reference("reselectdist 1\n"), 0xc0000202u);
}

TEST_F(SelectionTest, ClockprecisionIsTheLeastNoiseThatIsBelieved) {
  const auto bound = [&](const std::string& lines) {
    run("server 192.0.2.1\n" + lines, {0ms}, 12);
    return daemon->reference.combined->line.bound;
  };
  EXPECT_GT(bound("clockprecision 0.001\n"), bound("") + 200us);
}

TEST_F(SelectionTest, WithMaxsamplesOneEverySampleIsTheTruth) {
  run("server 192.0.2.1 maxsamples 1\n", {0ms}, 5);
  feed_sample(*daemon, clocks, 0, 50ms);
  EXPECT_NEAR(report_tracking(*daemon).current_correction.count(), 0.050, 1e-4);
}

TEST_F(SelectionTest, OffsetIsAddedToWhatTheServerSays) {
  run("server 192.0.2.1 offset 0.25\n", {0ms});
  EXPECT_NEAR(report_tracking(*daemon).current_correction.count(), 0.25, 1e-4);
}

TEST_F(SelectionTest, PreferLeavesTheOthersOut) {
  run("server 192.0.2.1\nserver 192.0.2.2 prefer\n", {0ms, 0ms});
  EXPECT_EQ(state(0), 'P');
  EXPECT_EQ(state(1), '*');
}

TEST_F(SelectionTest, RequireWaitsForItsSource) {
  run("server 192.0.2.1\nserver 192.0.2.2 require\n", {0ms});
  EXPECT_EQ(state(0), 'W');
}

// What is configured of a row, and what it comes to.
using Options = std::pair<int, int>;
Options options_of(Daemon& daemon, std::uint32_t row) {
  const auto data = report_selection(daemon, row);
  return {data->configured_options, data->effective_options};
}

TEST_F(SelectionTest, WhatAuthselectmodeAddsIsEffectiveAndNotConfigured) {
  namespace option = control::select_option;
  constexpr int raised = option::trust | option::require;
  daemon = make_daemon(clocks, "server 192.0.2.1 key 1 prefer\nserver 192.0.2.2\n");
  EXPECT_EQ(options_of(*daemon, 0), Options(option::prefer, option::prefer | raised));
  EXPECT_EQ(options_of(*daemon, 1), Options(0, 0));
  const auto select = [&](const char* source, std::uint32_t options) {
    return say(*daemon, Command::select_options,
               control::SelectOptions{address(source), 0, option::noselect, options});
  };
  ASSERT_EQ(select("192.0.2.2", control::add_flag::noselect), Status::success);
  EXPECT_EQ(options_of(*daemon, 0), Options(option::prefer, option::prefer));
  ASSERT_EQ(select("192.0.2.2", 0), Status::success);
  EXPECT_EQ(options_of(*daemon, 0), Options(option::prefer, option::prefer | raised));
}

TEST_F(SelectionTest, ASourceThatComesByCommandIsMixedToo) {
  namespace option = control::select_option;
  daemon = make_daemon(clocks,
                       "server 192.0.2.1 key 1\npool b.example maxsources 1\n"
                       "authselectmode prefer\n");
  control::AddSource add{.name = control::name_of("192.0.2.7"), .flags = control::add_flag::online};
  ASSERT_EQ(say(*daemon, Command::add_source, add), Status::success);
  publish_estimate(*daemon);
  EXPECT_EQ(options_of(*daemon, 1), Options(0, option::noselect));
  EXPECT_EQ(options_of(*daemon, 2), Options(0, option::noselect));  // a name without an address
  EXPECT_EQ(state(1), 'N');
}

TEST_F(SelectionTest, TrustOverrulesTheMajority) {
  run("server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3 trust\n", {500ms, 500ms, 0ms});
  EXPECT_EQ(state(2), '*');
  EXPECT_EQ(state(0), 'T');
}

}  // namespace
}  // namespace ntp
