// Commands against golden structs: what is printed, in which form, and what is asked.
#include "syncctl/commands.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include <nlohmann/json.hpp>

#include "syncctl/change.h"
#include "tests/unit/syncctl/fake_daemon.h"

namespace ntp::syncctl {
namespace {

using control::Command;
using control::SourceAddress;
using control::Status;

const SourceAddress server{.address = ipv4_address(0xc0a82b65)};  // 192.168.43.101

control::SourceData golden_source() {
  return {.address = server,
          .poll_log2 = 6,
          .stratum = 10,
          .state = control::SourceState::selected,
          .reachability = 0377,
          .since_sample = 12,
          .measured_offset = Seconds{-2e-6},
          .adjusted_offset = Seconds{-3e-6},
          .error = Seconds{150e-6}};
}

void with_one_source(Desk& desk) {
  desk.daemon.say(Command::source_count, control::SourceCount{1});
  desk.daemon.say(Command::source_data, golden_source());
}

TEST(Sources, PrintsTheColumnsOfChronyc) {
  Desk desk;
  with_one_source(desk);
  ASSERT_TRUE(desk.run("sources"));
  EXPECT_EQ(desk.said.out,
            "MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n"
            "===============================================================================\n"
            "^* 192.168.43.101               10   6   377    12  -3000ns[-2000ns] +/-  150us\n");
}

TEST(Sources, PrintsCsvWithoutTitleAndPlus) {
  Desk desk;
  with_one_source(desk);
  desk.session.settings.form = Form::csv;
  ASSERT_TRUE(desk.run("sources"));
  EXPECT_EQ(desk.said.out,
            "^,*,192.168.43.101,10,6,377,12,-0.000003000,-0.000002000,0.000150000\n");
}

TEST(Sources, PrintsJsonThatNamesItsSchema) {
  Desk desk;
  with_one_source(desk);
  desk.session.settings.form = Form::json;
  ASSERT_TRUE(desk.run("sources"));
  const auto json = nlohmann::json::parse(desk.said.out);
  EXPECT_EQ(json["schema"], "meridian.syncctl/1");
  EXPECT_EQ(json["report"], "sources");
  EXPECT_EQ(json["rows"][0]["name"], "192.168.43.101");
  EXPECT_EQ(json["rows"][0]["reach"], 255);
  EXPECT_EQ(json["rows"][0]["adjusted_offset"], -3e-6);
}

TEST(Sources, HalfATableIsShownAsTextButNeverAsJson) {
  Desk desk;
  with_one_source(desk);
  desk.daemon.answer = [before = desk.daemon.answer, calls = 0](const control::Request& request,
                                                                WritableOctets out) mutable {
    if (request.command == Command::source_count) {
      return control::write_reply(request, control::SourceCount{2}, out);
    }
    return ++calls % 2 == 0 ? control::write_status(request, Status::no_such_source, out)
                            : before(request, out);
  };
  EXPECT_FALSE(desk.run("sources"));
  EXPECT_NE(desk.said.out.find("192.168.43.101"), std::string::npos);
  EXPECT_TRUE(desk.said.out.ends_with("503 No such source\n"));
  desk.session.settings.form = Form::json;
  EXPECT_FALSE(desk.run("sources"));
  EXPECT_EQ(nlohmann::json::parse(desk.said.out)["status"], 503);
}

TEST(Sources, AnUnresolvedOneNeedsToBeAskedFor) {
  Desk desk;
  control::SourceData data = golden_source();
  data.address = {.id = 7};
  desk.daemon.say(Command::source_count, control::SourceCount{1});
  desk.daemon.say(Command::source_data, data);
  ASSERT_TRUE(desk.run("sources"));
  EXPECT_EQ(desk.said.out.find("ID#"), std::string::npos);
  ASSERT_TRUE(desk.run("sources -a"));
  EXPECT_NE(desk.said.out.find("^* ID#0000000007 "), std::string::npos);
}

TEST(Sources, TheLegendStandsAboveTheTableAndNeverInCsv) {
  Desk desk;
  with_one_source(desk);
  ASSERT_TRUE(desk.run("sources -v"));
  EXPECT_LT(desk.said.out.find("Mode"), desk.said.out.find("MS Name"));
  desk.session.settings.form = Form::csv;
  ASSERT_TRUE(desk.run("sources -v"));
  EXPECT_EQ(desk.said.out.find("Mode"), std::string::npos);
}

TEST(Tracking, SaysWhatADaemonWithoutASourceSays) {
  Desk desk;
  desk.daemon.say(Command::tracking, control::Tracking{});
  ASSERT_TRUE(desk.run("tracking"));
  EXPECT_EQ(desk.said.out,
            "Reference ID    : 00000000 ()\n"
            "Stratum         : 0\n"
            "Ref time (UTC)  : Thu Jan 01 00:00:00 1970\n"
            "System time     : 0.000000000 seconds fast of NTP time\n"
            "Last offset     : +0.000000000 seconds\n"
            "RMS offset      : 0.000000000 seconds\n"
            "Frequency       : 0.000 ppm slow\n"
            "Residual freq   : +0.000 ppm\n"
            "Skew            : 0.000 ppm\n"
            "Root delay      : 1.000000000 seconds\n"
            "Root dispersion : 1.000000000 seconds\n"
            "Update interval : 0.0 seconds\n"
            "Leap status     : Not synchronised\n");
}

TEST(Tracking, SlowIsPositiveInTheCorrectionAndNegativeInTheFrequency) {
  Desk desk;
  desk.daemon.say(Command::tracking,
                  control::Tracking{.current_correction = Seconds{0.25}, .frequency = ppm(-2)});
  ASSERT_TRUE(desk.run("tracking"));
  EXPECT_NE(desk.said.out.find("0.250000000 seconds slow of"), std::string::npos);
  EXPECT_NE(desk.said.out.find("2.000 ppm slow"), std::string::npos);
}

TEST(Statuses, AreNumberedAndDecideTheOutcome) {
  Desk desk;
  EXPECT_TRUE(desk.run("online"));
  EXPECT_EQ(desk.said.out, "200 OK\n");
  desk.daemon.refuse(Command::online, Status::no_such_source);
  EXPECT_FALSE(desk.run("online 192.0.2.1"));
  EXPECT_EQ(desk.said.out, "503 No such source\n");
  desk.daemon.refuse(Command::access_check, Status::access_denied);
  EXPECT_TRUE(desk.run("accheck 192.0.2.1"));
  EXPECT_EQ(desk.said.out, "209 Access denied\n");
  EXPECT_EQ(desk.said.err, "");
}

TEST(Statuses, NoAnswerIs506AndABadOne508) {
  Desk desk;
  desk.client.patience = {.timeout = 1ms, .retries = 0};
  desk.daemon.losses = 1;
  EXPECT_FALSE(desk.run("activity"));
  EXPECT_EQ(desk.said.out, "506 Cannot talk to daemon\n");
  desk.daemon.say(Command::activity, control::SourceCount{});
  EXPECT_FALSE(desk.run("activity"));
  EXPECT_EQ(desk.said.out, "508 Bad reply from daemon\n");
}

TEST(Statuses, OverUdpAChangeIsNotAuthorised) {
  Desk desk;
  desk.daemon.is_unix = false;
  EXPECT_FALSE(desk.run("makestep"));
  EXPECT_EQ(desk.said.out, "501 Not authorised\n");
}

TEST(Lines, UnknownWordsAndWrongSyntaxAreOurOwnComplaint) {
  Desk desk;
  EXPECT_FALSE(desk.run("frobnicate"));
  EXPECT_EQ(desk.said.err, "Unrecognized command\n");
  EXPECT_FALSE(desk.run("burst 3"));
  EXPECT_EQ(desk.said.err, "Invalid syntax for burst command\n");
  EXPECT_TRUE(desk.daemon.asked.empty());
  EXPECT_EQ(desk.said.out, "");
}

TEST(Lines, BlanksAndCommentsSucceedInSilence) {
  Desk desk;
  for (const char* line : {"", "  \t", "# tracking", " ! x", ";", "% y"}) {
    EXPECT_TRUE(desk.run(line)) << line;
    EXPECT_EQ(desk.said.out + desk.said.err, "");
  }
}

TEST(Local, FallsBackToTheOlderFormForAnOlderDaemon) {
  Desk desk;
  desk.daemon.refuse(Command::local3, Status::invalid);
  ASSERT_TRUE(desk.run("local stratum 9 orphan distance 0.5"));
  ASSERT_EQ(desk.daemon.asked.size(), 2u);
  EXPECT_EQ(desk.daemon.asked[1].command, Command::local2);
  const auto& body = std::get<control::Local3>(desk.daemon.asked[1].body);
  EXPECT_EQ(body.stratum, 9);
  EXPECT_EQ(body.orphan, 1);
  EXPECT_EQ(body.distance.count(), 0.5);
}

TEST(SelectOptions, KeepsTheTwoNumberingsOfTheWireApart) {
  Desk desk;
  ASSERT_TRUE(desk.run("selectopts GPS +trust -prefer"));
  const auto& body = std::get<control::SelectOptions>(desk.daemon.asked[0].body);
  EXPECT_EQ(body.ref_id, 0x47505300u);
  EXPECT_EQ(body.mask, 6u);
  EXPECT_EQ(body.options, 0x20u);
}

TEST(Waitsync, IsNotSatisfiedByAClockThatFollowsItself) {
  Desk desk;
  desk.daemon.say(Command::tracking,
                  control::Tracking{.ref_id = control::local_refid, .stratum = 10, .leap = 0});
  EXPECT_FALSE(desk.run("waitsync 1"));
  EXPECT_EQ(desk.said.out, "try: 1, refid: 7F7F0101, correction: 0.000000000, skew: 0.000\n");
}

TEST(Waitsync, HoldsItsLimits) {
  Desk desk;
  desk.daemon.say(Command::tracking, control::Tracking{.ref_id = 0xc0a82b65,
                                                       .address = server,
                                                       .stratum = 3,
                                                       .leap = 0,
                                                       .current_correction = Seconds{-0.02},
                                                       .skew = ppm(5)});
  EXPECT_TRUE(desk.run("waitsync 1"));
  EXPECT_TRUE(desk.run("waitsync 1 0.03 6"));
  EXPECT_FALSE(desk.run("waitsync 1 0.01"));
  EXPECT_FALSE(desk.run("waitsync 1 0.03 4"));
}

TEST(Why, NamesTheNumbersThatDecided) {
  Desk desk;
  with_one_source(desk);
  desk.daemon.say(Command::source_stats, control::SourceStats{.address = server, .samples = 9});
  desk.daemon.say(
      Command::select_data,
      control::SelectData{
          .address = server, .state = 'x', .low_limit = Seconds{0.1}, .high_limit = Seconds{0.2}});
  ASSERT_TRUE(desk.run("why 192.168.43.101"));
  EXPECT_EQ(desk.said.out,
            "192.168.43.101 is outvoted: its interval [+100ms, +200ms] misses where the majority "
            "meets; no source is followed; by 9 samples our clock is -3000ns against it.\n");
  EXPECT_FALSE(desk.run("why 192.0.2.1"));
  EXPECT_EQ(desk.said.out, "503 No such source\n");
}

TEST(Metrics, EndAsOpenMetricsMust) {
  Desk desk;
  with_one_source(desk);
  desk.daemon.say(Command::tracking, control::Tracking{});
  desk.daemon.say(Command::server_stats, control::ServerStats{.ntp_hits = 42});
  ASSERT_TRUE(desk.run("metrics"));
  EXPECT_TRUE(desk.said.out.ends_with("# EOF\n"));
  EXPECT_NE(desk.said.out.find("\nmeridian_server_ntp_packets_total 42\n"), std::string::npos);
  EXPECT_NE(desk.said.out.find("\nmeridian_source_reach_ratio{source=\"192.168.43.101\"} 1\n"),
            std::string::npos);
}

TEST(ServerStats, TellsWhyRequestsWereDroppedOnlyWhenAsked) {
  Desk desk;
  desk.daemon.say(Command::server_stats, control::ServerStats{.ntp_hits = 42});
  desk.daemon.say(Command::server_drops, control::ServerDrops{.denied = 7, .queue_full = 9});
  ASSERT_TRUE(desk.run("serverstats"));
  EXPECT_EQ(desk.said.out.find("Dropped"), std::string::npos);
  ASSERT_TRUE(desk.run("serverstats -v"));
  EXPECT_NE(desk.said.out.find("NTP packets received       : 42\n"), std::string::npos);
  EXPECT_NE(desk.said.out.find("Dropped, denied            : 7\n"), std::string::npos);
  EXPECT_NE(desk.said.out.find("Dropped, queue full        : 9\n"), std::string::npos);
  EXPECT_NE(desk.said.out.find("Dropped, bad MAC           : 0\n"), std::string::npos);
}

TEST(Refusals, ShowWhatWasCountedAndWithAllTheZerosToo) {
  Desk desk;
  desk.daemon.say(Command::refusals, control::Refusals{.bogus = 3, .drift_file = 1});
  desk.daemon.say(Command::server_drops, control::ServerDrops{.denied = 7});
  ASSERT_TRUE(desk.run("refusals"));
  EXPECT_EQ(desk.said.out,
            "Program   What       Reason                Count\n"
            "================================================\n"
            "ntpd-net  answer     bogus                     3\n"
            "ntpd-net  driftfile  no_numbers                1\n"
            "ntpd-net  request    denied                    7\n");
  ASSERT_TRUE(desk.run("refusals -a"));
  EXPECT_NE(desk.said.out.find("ntpd-net  command    not_open                  0\n"),
            std::string::npos);
}

TEST(Metrics, CountTheDroppedByReason) {
  Desk desk;
  with_one_source(desk);
  desk.daemon.say(Command::tracking, control::Tracking{});
  desk.daemon.say(Command::server_stats, control::ServerStats{});
  desk.daemon.say(Command::server_drops, control::ServerDrops{.unwanted_mode = 5});
  ASSERT_TRUE(desk.run("metrics"));
  EXPECT_NE(
      desk.said.out.find("\nmeridian_server_ntp_unanswered_total{reason=\"unwanted_mode\"} 5\n"),
      std::string::npos);
}

control::ReloadReport reload_report(control::ReloadVerdict verdict, std::string_view text) {
  return {.verdict = verdict,
          .digest = 7,
          .total = static_cast<std::uint32_t>(text.size()),
          .page = control::name_of(text)};
}

TEST(Reload, AppliesExactlyWhatItLookedAt) {
  Desk desk;
  desk.daemon.answer = [](const control::Request& request, WritableOctets out) {
    const auto& body = std::get<control::ReloadRequest>(request.body);
    const bool applies = body.action == control::ReloadAction::apply;
    return control::write_reply(
        request,
        reload_report(applies ? control::ReloadVerdict::applied : control::ReloadVerdict::ready,
                      applies ? "+ allow\nApplied.\n" : "+ allow\n"),
        out);
  };
  EXPECT_TRUE(desk.run("reload"));
  EXPECT_EQ(desk.said.out, "+ allow\nApplied.\n");
  ASSERT_EQ(desk.daemon.asked.size(), 2U);
  EXPECT_EQ(std::get<control::ReloadRequest>(desk.daemon.asked[1].body).digest, 7U);
  EXPECT_TRUE(desk.run("reload --dry-run"));
  EXPECT_EQ(desk.said.out, "+ allow\n");
  EXPECT_EQ(desk.daemon.asked.size(), 1U);
}

TEST(Reload, ReadsALongTextPageByPage) {
  Desk desk;
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("+ server 192.0.2.{}\n", i);
  desk.daemon.answer = [&](const control::Request& request, WritableOctets out) {
    const auto& body = std::get<control::ReloadRequest>(request.body);
    auto report = reload_report(control::ReloadVerdict::restart, text);
    report.page = control::name_of(std::string_view{text}.substr(body.offset));
    return control::write_reply(request, report, out);
  };
  EXPECT_FALSE(desk.run("reload"));
  EXPECT_EQ(desk.said.out, text);
}

TEST(Reload, OfAChronydIsItsSourcesOnly) {
  Desk desk;
  desk.daemon.refuse(Command::reload, control::Status::invalid);
  EXPECT_FALSE(desk.run("reload"));
  EXPECT_EQ(desk.said.err, "Invalid syntax for reload command\n");
  EXPECT_TRUE(desk.run("reload sources"));
}

TEST(Keygen, MakesALineOfTheLengthAskedFor) {
  Desk desk;
  ASSERT_TRUE(desk.run("keygen 5 SHA256 256"));
  EXPECT_TRUE(desk.said.out.starts_with("5 SHA256 HEX:"));
  EXPECT_EQ(desk.said.out.size(), std::string_view{"5 SHA256 HEX:\n"}.size() + 64);
  ASSERT_TRUE(desk.run("keygen 5 AES128 256"));
  EXPECT_EQ(desk.said.out.size(), std::string_view{"5 AES128 HEX:\n"}.size() + 32);
  EXPECT_TRUE(desk.daemon.asked.empty());
}

TEST(Dates, AreUnderstoodInEveryFormOfTheManual) {
  constexpr UtcTime now{1795419000s};   // 2026-11-23 07:30:00 UTC, a Monday
  constexpr UtcTime then{1795453205s};  // 2026-11-23 17:00:05 UTC
  for (const char* text : {"2026-11-23 17:00:05 UTC",
                           "2026-11-23T17:00:05Z",
                           "2026-11-23 17:00:05Z",
                           "20261123T170005Z",
                           "2026/11/23 17:00:05 GMT",
                           "23.11.2026 17:00:05 UTC",
                           "11/23/2026 17:00:05 UTC",
                           "23 Nov 2026 17:00:05 UTC",
                           "Nov 23, 2026 17:00:05 UTC",
                           "November 23 2026 17:00:05 UTC",
                           "23-Nov-2026 17:00:05 UTC",
                           "Mon Nov 23 17:00:05 UTC 2026",
                           "Mon, 23 Nov 2026 17:00:05 +0000",
                           "Mon, 23 Nov 2026 18:00:05 +0100",
                           "2026-11-23 22:30:05+05:30",
                           "2026-11-23 09:00:05-08",
                           "17:00:05 23 Nov 2026 UTC",
                           "5:00:05 pm UTC",
                           "5:00:05PM UTC",
                           "17:00:05 UTC",
                           "  17:00:05   UTC ",
                           "@1795453205"}) {
    const auto parsed = parse_date(text, now);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, then) << text;
  }
  EXPECT_EQ(parse_date("17:00 UTC", now)->since_zero, then.since_zero - 5s);
  EXPECT_EQ(parse_date("5 pm UTC", now)->since_zero, then.since_zero - 5s);
  EXPECT_EQ(parse_date("5:00 pm UTC", now)->since_zero, then.since_zero - 5s);
  EXPECT_EQ(parse_date("@1795453205.25", now)->since_zero, then.since_zero + 250ms);
  for (const char* text : {"", "now-ish", "17:00 frob", "25:00", "2026-13-01 12:00", "@", "@x",
                           "2026-11-23 17:00:05 +9900"})
    EXPECT_FALSE(parse_date(text, now)) << text;
}

TEST(Dates, CountFromNow) {
  const UtcTime now{1795453205s + 250ms};  // Monday, 2026-11-23 17:00:05.25
  constexpr Nanos midnight = 1795392000s, day = 24h;
  struct Said {
    const char* text;
    Nanos meant;
  };
  for (const auto& [text, meant] :
       std::initializer_list<Said>{{"now", now.since_zero},
                                   {"Today", now.since_zero},
                                   {"tomorrow", now.since_zero + day},
                                   {"yesterday 12:00", midnight - day + 12h},
                                   {"12:00 yesterday", midnight - day + 12h},
                                   {"tomorrow 4 pm", midnight + day + 16h},
                                   {"1 hour ago", now.since_zero - 1h},
                                   {"1 HOUR 30 mins AGO", now.since_zero - 90min},
                                   {"5 secs", now.since_zero + 5s},
                                   {"+2 days", now.since_zero + 2 * day},
                                   {"-2 days", now.since_zero - 2 * day},
                                   {"2 days ago 12:00", midnight - 2 * day + 12h},
                                   {"3 weeks ago", now.since_zero - 21 * day},
                                   {"next week", now.since_zero + 7 * day},
                                   {"last month", now.since_zero - 31 * day},
                                   {"1 year", now.since_zero + 365 * day},
                                   {"monday", midnight},
                                   {"next monday", midnight},
                                   {"last monday", midnight - 7 * day},
                                   {"next tue 12:00", midnight + day + 12h},
                                   {"last sunday", midnight - day},
                                   {"20261123", midnight},
                                   {"2026-11-24", midnight + day},
                                   {"Nov 22, 2026", midnight - day}}) {
    const auto parsed = parse_date(std::string{text} + " UTC", now);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->since_zero, meant) << text;
  }
  for (const char* text :
       {"ago", "1 ago", "2", "next", "3 monday", "now then", "1 hour ago frob", "2026112",
        "202611231", "99999999 years", "9000 years", "day", "2 todays", "@9999999999"})
    EXPECT_FALSE(parse_date(text, now)) << text;
}

TEST(Dates, WithoutAZoneAreLocal) {
  setenv("TZ", "EST5EDT", 1);
  tzset();
  EXPECT_EQ(parse_date("2026-11-23 12:00:05", {})->since_zero, 1795453205s);
  EXPECT_EQ(parse_date("2026-07-01 13:00:00", {})->since_zero, 1782925200s);  // in summer
  unsetenv("TZ");
  tzset();
}

TEST(Help, SpeaksOfEveryCommandThatIsOffered) {
  for (const CommandEntry& entry : command_entries()) {
    if (entry.name == "authhash" || entry.name == "password" || entry.name == "dfreq" ||
        entry.name == "doffset" || entry.name == "quit") {
      continue;  // hidden, or in one line with another
    }
    const bool told = std::ranges::any_of(help_lines(), [&](const HelpLine& line) {
      return line.usage == entry.name || line.usage.starts_with(std::string{entry.name} + " ") ||
             line.usage.starts_with(std::string{entry.name} + ",");
    });
    EXPECT_TRUE(told) << entry.name;
  }
}

TEST(Completions, OfferCommandsThenTheirWords) {
  EXPECT_EQ(completions("sources"), (std::vector<std::string>{"sources", "sourcestats"}));
  EXPECT_EQ(completions("sources "), (std::vector<std::string>{"-a", "-v"}));
  EXPECT_EQ(completions("manual re"), (std::vector<std::string>{"reset"}));
  EXPECT_EQ(completions("add p"), (std::vector<std::string>{"peer", "pool"}));
  EXPECT_TRUE(completions("delete ").empty());
}

}  // namespace
}  // namespace ntp::syncctl
