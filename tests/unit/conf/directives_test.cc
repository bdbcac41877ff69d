// A row a directive: a line that works and what it sets, a line that does not and what is
// said. A directive without a row fails; so does a check that defaults already pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/conf/directives.h"
#include "common/conf/grammar.h"
#include "common/conf/words.h"

namespace ntp {
namespace {

struct Row {
  const char* good;
  bool (*sets)(const Settings&);  // nullptr: sets nothing, on purpose
  const char* bad;
  const char* complaint;  // after "conf:1: "
};

const Row rows[] = {
    {"server a.example key 4",
     [](const Settings& s) { return s.sources.size() == 1 && s.sources[0].key == 4; },
     "server a.example key 0",
     "server: key must be a whole number from 1 to 4294967295, not \"0\""},
    {"Pool b.example maxsources 2",
     [](const Settings& s) {
       return s.sources.size() == 1 && s.sources[0].kind == SourceKind::pool &&
              s.sources[0].maxsources == 2;
     },
     "pool b.example maxsources 17",
     "pool: maxsources must be a whole number from 1 to 16, not \"17\""},
    {"peer 192.0.2.1",
     [](const Settings& s) {
       return s.sources.size() == 1 && s.sources[0].kind == SourceKind::peer;
     },
     "peer", "peer: needs NAME"},
    {"refclock PHC /dev/ptp0:nocrossts poll 3 dpoll -2 offset 0.5 stratum 2",
     [](const Settings& s) {
       return s.refclocks.size() == 1 && s.refclocks[0].driver == RefclockDriver::phc &&
              s.refclocks[0].parameter == "/dev/ptp0" &&
              s.refclocks[0].driver_options.at(0) == "nocrossts" && s.refclocks[0].dpoll == -2 &&
              s.refclocks[0].offset == 500ms && s.refclocks[0].stratum == 2;
     },
     "refclock GPS 0", "refclock: DRIVER is PPS, SOCK, SHM, PHC or RTC, not \"GPS\""},
    {"sourcedir /no/such /nor/such", [](const Settings& s) { return s.sourcedirs.size() == 2; },
     "sourcedir 1 2 3 4 5 6 7 8 9 10 11", "sourcedir: takes at most 10 directories"},
    {"initstepslew 30 a b",
     [](const Settings& s) {
       return s.clock.initstepslew && s.clock.initstepslew->threshold == 30s &&
              s.clock.initstepslew->hosts.size() == 2;
     },
     "initstepslew fast", "initstepslew: THRESHOLD must be a number from 0 to 1e+09, not \"fast\""},
    {"manual", [](const Settings& s) { return s.manual; }, "manual on",
     "manual: \"on\" is one argument too many"},
    {"acquisitionport 0", [](const Settings& s) { return s.acquisitionport == 0; },
     "acquisitionport 65536",
     "acquisitionport: PORT must be a whole number from 0 to 65535, not \"65536\""},
    {"bindacqaddress 2001:db8::1",
     [](const Settings& s) { return to_text(s.acquisition_ipv6) == "2001:db8::1"; },
     "bindacqaddress eth0", "bindacqaddress: \"eth0\" is not an IPv4 or IPv6 address"},
    {"bindacqdevice eth0", [](const Settings& s) { return s.acquisition_device == "eth0"; },
     "bindacqdevice", "bindacqdevice: needs INTERFACE"},
    {"dscp 46", [](const Settings& s) { return s.dscp == 46; }, "dscp 64",
     "dscp: CODEPOINT must be a whole number from 0 to 63, not \"64\""},
    {"dumpdir /d", [](const Settings& s) { return s.dumpdir == "/d"; }, "dumpdir",
     "dumpdir: needs DIRECTORY"},
    {"maxsamples 8", [](const Settings& s) { return s.selection.maxsamples == 8; }, "maxsamples -1",
     "maxsamples: COUNT must be a whole number from 0 to 1000000000, not \"-1\""},
    {"minsamples 8", [](const Settings& s) { return s.selection.minsamples == 8; },
     "minsamples 1.5",
     "minsamples: COUNT must be a whole number from 0 to 1000000000, not \"1.5\""},
    {"refresh 0", [](const Settings& s) { return s.refresh == 0s; }, "refresh -1",
     "refresh: SECONDS must be a number from 0 to 1e+09, not \"-1\""},
    {"keyfile /k", [](const Settings& s) { return s.keyfile == "/k"; }, "keyfile",
     "keyfile: needs FILE"},
    {"ntsaeads 15", [](const Settings& s) { return s.nts.aeads == std::vector{15}; }, "ntsaeads",
     "ntsaeads: needs AEAD: 15 (AES-SIV-CMAC-256) or 30 (AES-128-GCM-SIV)"},
    {"ntsaeads 15 30",
     [](const Settings& s) {
       return s.nts.aeads == std::vector{15, 30};
     },
     "ntsaeads 30",
     "ntsaeads: AEAD 15 (AES-SIV-CMAC-256), which every NTS server has, is the only one spoken "
     "here: name it, or leave the line out"},
    {"ntsdumpdir /n", [](const Settings& s) { return s.nts.dumpdir == "/n"; }, "ntsdumpdir",
     "ntsdumpdir: needs DIRECTORY"},
    {"ntscachedir /n", [](const Settings& s) { return s.nts.dumpdir == "/n"; }, "ntscachedir",
     "ntscachedir: needs DIRECTORY"},
    {"ntsrefresh 60", [](const Settings& s) { return s.nts.refresh == 60s; }, "ntsrefresh x",
     "ntsrefresh: SECONDS must be a number from 0 to 1e+09, not \"x\""},
    {"ntstrustedcerts 1 /c.pem",
     [](const Settings& s) {
       return s.nts.trusted.size() == 1 && s.nts.trusted[0].set == 1 &&
              s.nts.trusted[0].path == "/c.pem";
     },
     "ntstrustedcerts one /c.pem",
     "ntstrustedcerts: ID must be a whole number from 0 to 4294967295, not \"one\""},
    {"nosystemcert", [](const Settings& s) { return s.nts.nosystemcert; }, "nosystemcert 1",
     "nosystemcert: \"1\" is one argument too many"},
    {"nocerttimecheck 1", [](const Settings& s) { return s.nts.nocerttimecheck == 1; },
     "nocerttimecheck -1",
     "nocerttimecheck: UPDATES must be a whole number from 0 to 1000000000, not \"-1\""},
    {"authselectmode Require",
     [](const Settings& s) { return s.selection.authselectmode == AuthSelectMode::require; },
     "authselectmode strict",
     "authselectmode: MODE is require, prefer, mix or ignore, not \"strict\""},
    {"minsources 2", [](const Settings& s) { return s.selection.minsources == 2; }, "minsources 0",
     "minsources: COUNT must be a whole number from 1 to 1000000000, not \"0\""},
    {"maxdistance 1e-1", [](const Settings& s) { return s.selection.maxdistance == 100ms; },
     "maxdistance nan", "maxdistance: SECONDS must be a number from 0 to 1e+09, not \"nan\""},
    {"maxjitter 0.5", [](const Settings& s) { return s.selection.maxjitter == 500ms; }, "maxjitter",
     "maxjitter: needs SECONDS"},
    {"minstratum 2", [](const Settings& s) { return s.selection.minstratum == 2; }, "minstratum 16",
     "minstratum: STRATUM must be a whole number from 0 to 15, not \"16\""},
    {"maxstratum 3", [](const Settings& s) { return s.selection.maxstratum == 3; }, "maxstratum 16",
     "maxstratum: STRATUM must be a whole number from 0 to 15, not \"16\""},
    {"combinelimit 0", [](const Settings& s) { return s.selection.combinelimit == 0; },
     "combinelimit -3", "combinelimit: RATIO must be a number from 0 to 1e+09, not \"-3\""},
    {"reselectdist 1e-3", [](const Settings& s) { return s.selection.reselectdist == 1ms; },
     "reselectdist x", "reselectdist: SECONDS must be a number from 0 to 1e+09, not \"x\""},
    {"stratumweight 0", [](const Settings& s) { return s.selection.stratumweight == 0s; },
     "stratumweight x", "stratumweight: SECONDS must be a number from 0 to 1e+09, not \"x\""},
    {"maxupdateskew 100.0", [](const Settings& s) { return s.selection.maxupdateskew == ppm(100); },
     "maxupdateskew x", "maxupdateskew: PPM must be a number from 0 to 1e+06, not \"x\""},
    {"clockprecision 1e-6", [](const Settings& s) { return s.selection.clockprecision == 1us; },
     "clockprecision 0", "clockprecision: SECONDS must be a number from 1e-09 to 1, not \"0\""},
    {"fallbackdrift 16 19",
     [](const Settings& s) {
       return s.clock.fallbackdrift == FallbackDrift{16, 19};
     },
     "fallbackdrift 19 16", "fallbackdrift: MAX is below MIN"},
    {"tempcomp /t 30 26 0 0.000183 0.1",
     [](const Settings& s) {
       return s.tempcomp && s.tempcomp->interval == 30s && s.tempcomp->k1 == 0.000183 &&
              s.tempcomp->k2 == 0.1;
     },
     "tempcomp /t 30 26 0", "tempcomp: needs K1"},
    {"makestep 1.5 3",
     [](const Settings& s) {
       return s.clock.makestep == StepPolicy{1500ms, 3};
     },
     "makestep 1", "makestep: needs LIMIT"},
    {"maxchange 1000 1 2",
     [](const Settings& s) {
       return s.clock.maxchange == ChangeLimit{1000s, 1, 2};
     },
     "maxchange 1000 -1 2",
     "maxchange: START must be a whole number from 0 to 1000000000, not \"-1\""},
    {"maxslewrate 500", [](const Settings& s) { return s.clock.maxslewrate == ppm(500); },
     "maxslewrate -1", "maxslewrate: PPM must be a number from 0 to 1e+06, not \"-1\""},
    {"maxdrift 500", [](const Settings& s) { return s.clock.maxdrift == ppm(500); }, "maxdrift",
     "maxdrift: needs PPM"},
    {"maxclockerror 5", [](const Settings& s) { return s.clock.maxclockerror == ppm(5); },
     "maxclockerror", "maxclockerror: needs PPM"},
    {"corrtimeratio 10", [](const Settings& s) { return s.clock.corrtimeratio == 10; },
     "corrtimeratio 0", "corrtimeratio: RATIO must be a number from 1e-06 to 1e+06, not \"0\""},
    {"driftfile /f interval 600",
     [](const Settings& s) {
       return s.clock.driftfile == "/f" && s.clock.driftfile_interval == 600s;
     },
     "driftfile /f every 600", "driftfile: \"every\" is one argument too many"},
    {"leapsectz right/UTC", [](const Settings& s) { return s.clock.leapsectz == "right/UTC"; },
     "leapsectz", "leapsectz: needs TIMEZONE"},
    {"leapseclist /l", [](const Settings& s) { return s.clock.leapseclist == "/l"; }, "leapseclist",
     "leapseclist: needs FILE"},
    {"leapsecmode slew", [](const Settings& s) { return s.clock.leapsecmode == LeapMode::slew; },
     "leapsecmode smear", "leapsecmode: MODE is system, step, slew or ignore, not \"smear\""},
    {"rtcsync", [](const Settings& s) { return s.clock.rtcsync; }, "rtcsync yes",
     "rtcsync: \"yes\" is one argument too many"},
    {"rtcfile /r", [](const Settings& s) { return s.clock.rtcfile == "/r"; }, "rtcfile",
     "rtcfile: needs FILE"},
    {"rtcdevice /dev/rtc1", [](const Settings& s) { return s.clock.rtcdevice == "/dev/rtc1"; },
     "rtcdevice", "rtcdevice: needs DEVICE"},
    {"rtcautotrim 30", [](const Settings& s) { return s.clock.rtcautotrim == 30; }, "rtcautotrim",
     "rtcautotrim: needs SECONDS"},
    {"rtconutc", [](const Settings& s) { return s.clock.rtconutc; }, "rtconutc 1",
     "rtconutc: \"1\" is one argument too many"},
    {"hwclockfile /h", [](const Settings& s) { return s.clock.hwclockfile == "/h"; }, "hwclockfile",
     "hwclockfile: needs FILE"},
    {"allow 192.168.43.0/24",
     [](const Settings& s) {
       return s.server.access.size() == 1 && s.server.access[0].allow &&
              to_text(s.server.access[0].subnet) == "192.168.43.0/24";
     },
     "allow 192.168.43.0/33",
     "allow: \"192.168.43.0/33\" is not a subnet such as 192.0.2.0/24 or 2001:db8::/32"},
    {"deny all 10",
     [](const Settings& s) {
       return s.server.access.size() == 1 && !s.server.access[0].allow && s.server.access[0].all &&
              to_text(s.server.access[0].subnet) == "10.0.0.0/8";
     },
     "deny 10 11", "deny: \"11\" is one argument too many"},
    {"port 0", [](const Settings& s) { return s.server.port == 0; }, "port ntp",
     "port: PORT must be a whole number from 0 to 65535, not \"ntp\""},
    {"bindaddress 192.0.2.7",
     [](const Settings& s) {
       return to_text(s.server.bind_ipv4) == "192.0.2.7" && s.server.bind_addresses.size() == 1;
     },
     "bindaddress 192.0.2", "bindaddress: \"192.0.2\" is not an IPv4 or IPv6 address"},
    {"binddevice eth0", [](const Settings& s) { return s.server.binddevice == "eth0"; },
     "binddevice", "binddevice: needs INTERFACE"},
    {"local stratum 8 orphan distance 0.5",
     [](const Settings& s) {
       return s.server.local.enabled && s.server.local.stratum == 8 && s.server.local.orphan &&
              s.server.local.distance == 500ms && s.server.local.waitunsynced == 300s;
     },
     "local startum 8", "local: unknown option \"startum\", did you mean \"stratum\"?"},
    {"ratelimit interval 1 burst 16 kod 3",
     [](const Settings& s) {
       return s.server.ratelimit == RateLimit{true, 1, 16, 2, 3};
     },
     "ratelimit leak 5", "ratelimit: leak must be a whole number from 1 to 4, not \"5\""},
    {"ntsratelimit",
     [](const Settings& s) {
       return s.server.ntsratelimit == RateLimit{true, 6, 8, 2, 0};
     },
     "ntsratelimit kod 1", "ntsratelimit: unknown option \"kod\""},
    {"cmdratelimit interval 2",
     [](const Settings& s) {
       return s.control.ratelimit == RateLimit{true, 2, 8, 2, 0};
     },
     "cmdratelimit interval", "cmdratelimit: interval needs LOG2"},
    {"clientloglimit 1048576", [](const Settings& s) { return s.server.clientloglimit == 1048576; },
     "clientloglimit 3e9",
     "clientloglimit: OCTETS must be a whole number from 0 to 2147483648, not \"3e9\""},
    {"noclientlog", [](const Settings& s) { return s.server.noclientlog; }, "noclientlog 1",
     "noclientlog: \"1\" is one argument too many"},
    {"smoothtime 400 0.001024 leaponly",
     [](const Settings& s) {
       return s.server.smoothtime == SmoothTime{ppm(400), ppm(0.001024), true};
     },
     "smoothtime 400", "smoothtime: needs MAX-WANDER"},
    {"broadcast 32 192.0.2.255 1123",
     [](const Settings& s) {
       return s.server.broadcasts.size() == 1 && s.server.broadcasts[0].interval == 32 &&
              s.server.broadcasts[0].port == 1123;
     },
     "broadcast 0 192.0.2.255",
     "broadcast: INTERVAL must be a whole number from 1 to 1000000, not \"0\""},
    {"ntpsigndsocket /s", [](const Settings& s) { return s.server.ntpsigndsocket == "/s"; },
     "ntpsigndsocket", "ntpsigndsocket: needs DIRECTORY"},
    {"ntsservercert /c", [](const Settings& s) { return s.nts.server_certificates.size() == 1; },
     "ntsservercert", "ntsservercert: needs FILE"},
    {"ntsserverkey /c", [](const Settings& s) { return s.nts.server_keys.size() == 1; },
     "ntsserverkey", "ntsserverkey: needs FILE"},
    {"ntsport 44600", [](const Settings& s) { return s.nts.server_port == 44600; }, "ntsport x",
     "ntsport: PORT must be a whole number from 0 to 65535, not \"x\""},
    {"ntsprocesses 0", [](const Settings& s) { return s.nts.processes == 0; }, "ntsprocesses 1001",
     "ntsprocesses: COUNT must be a whole number from 0 to 1000, not \"1001\""},
    {"maxntsconnections 5", [](const Settings& s) { return s.nts.max_connections == 5; },
     "maxntsconnections 0",
     "maxntsconnections: COUNT must be a whole number from 1 to 1000000000, not \"0\""},
    {"ntsntpserver n", [](const Settings& s) { return s.nts.ntp_server == "n"; }, "ntsntpserver",
     "ntsntpserver: needs NAME"},
    {"ntsrotate 0", [](const Settings& s) { return s.nts.rotate == 0s; }, "ntsrotate",
     "ntsrotate: needs SECONDS"},
    {"cmdport 0",
     [](const Settings& s) { return s.control.port == 0 && command_addresses(s).empty(); },
     "cmdport 70000", "cmdport: PORT must be a whole number from 0 to 65535, not \"70000\""},
    {"bindcmdaddress /run/x.sock",
     [](const Settings& s) { return control_socket_path(s) == "/run/x.sock"; },
     "bindcmdaddress x.sock", "bindcmdaddress: \"x.sock\" is not an IPv4 or IPv6 address"},
    {"bindcmddevice lo", [](const Settings& s) { return s.control.bind_device == "lo"; },
     "bindcmddevice", "bindcmddevice: needs INTERFACE"},
    {"cmdallow",
     [](const Settings& s) {
       return s.control.access.size() == 1 && s.control.access[0].allow &&
              s.control.access[0].subnet == Subnet{};
     },
     "cmdallow ::/129",
     "cmdallow: \"::/129\" is not a subnet such as 192.0.2.0/24 or 2001:db8::/32"},
    {"cmddeny host.example",
     [](const Settings& s) {
       return s.control.access.size() == 1 && s.control.access[0].host == "host.example";
     },
     "cmddeny 1.2.3.4.5",
     "cmddeny: \"1.2.3.4.5\" is not a subnet such as 192.0.2.0/24 or 2001:db8::/32"},
    {"opencommands tracking Clients",
     [](const Settings& s) {
       return s.control.open_commands == std::vector<std::string>{"tracking", "clients"};
     },
     "opencommands traking",
     "opencommands: \"traking\" cannot be opened, did you mean \"tracking\"?"},
    {"log tracking statistics",
     [](const Settings& s) { return s.log.tracking && s.log.statistics && !s.log.measurements; },
     "log Tracking", "log: there is no log \"Tracking\", did you mean \"tracking\"?"},
    {"logdir /l", [](const Settings& s) { return s.log.directory == "/l"; }, "logdir",
     "logdir: needs DIRECTORY"},
    {"logbanner 0", [](const Settings& s) { return s.log.banner == 0; }, "logbanner",
     "logbanner: needs LINES"},
    {"logchange 0.5", [](const Settings& s) { return s.log.change == 500ms; }, "logchange",
     "logchange: needs SECONDS"},
    {"mailonchange root@x 0.5",
     [](const Settings& s) {
       return s.log.mail_address == "root@x" && s.log.mail_threshold == 500ms;
     },
     "mailonchange root@x", "mailonchange: needs THRESHOLD"},
    {"hwtimestamp * minpoll -1 rxfilter ptp",
     [](const Settings& s) {
       return s.hwtimestamps.size() == 1 && s.hwtimestamps[0].interface == "*" &&
              s.hwtimestamps[0].minpoll == -1 && s.hwtimestamps[0].rxfilter == ReceiveFilter::ptp;
     },
     "hwtimestamp eth0 rxfilter some",
     "hwtimestamp: rxfilter is all, ntp, ptp or none, not \"some\""},
    {"hwtstimeout 0.01", [](const Settings& s) { return s.hwtstimeout == 10ms; }, "hwtstimeout",
     "hwtstimeout: needs SECONDS"},
    {"maxtxbuffers 64", [](const Settings& s) { return s.maxtxbuffers == 64; },
     "maxtxbuffers 1048577",
     "maxtxbuffers: COUNT must be a whole number from 0 to 1048576, not \"1048577\""},
    {"ptpport 319", [](const Settings& s) { return s.ptpport == 319; }, "ptpport",
     "ptpport: needs PORT"},
    {"ptpdomain 1", [](const Settings& s) { return s.ptpdomain == 1; }, "ptpdomain 256",
     "ptpdomain: DOMAIN must be a whole number from 0 to 255, not \"256\""},
    {"confdir /x", nullptr, "confdir /x", "confdir: cannot stand here"},
    {"include /x", nullptr, "include /x", "include: cannot stand here"},
    {"fastpath eth0 driver",
     [](const Settings& s) {
       return s.server.fastpath == FastPathSettings{.interface = "eth0", .hook = "driver"};
     },
     "fastpath eth0 fast", "fastpath: the hook is driver or generic, not \"fast\""},
    {"rundir /r",
     [](const Settings& s) {
       return s.clock.rundir == "/r" && control_socket_path(s) == "/r/ntpd-net/control.sock";
     },
     "rundir", "rundir: needs DIRECTORY"},
    {"statedir /s", [](const Settings& s) { return s.clock.statedir == "/s"; }, "statedir",
     "statedir: needs DIRECTORY"},
    {"user ntp", [](const Settings& s) { return s.clock.user == "ntp"; }, "user ntp ntp",
     "user: \"ntp\" is one argument too many"},
    {"pidfile /", [](const Settings& s) { return pid_file_path(s).empty(); }, "pidfile",
     "pidfile: needs FILE"},
    {"lock_all", [](const Settings& s) { return s.clock.lock_all; }, "lock_all 1",
     "lock_all: \"1\" is one argument too many"},
    {"sched_priority 1", [](const Settings& s) { return s.clock.sched_priority == 1; },
     "sched_priority 101",
     "sched_priority: PRIORITY must be a whole number from 0 to 100, not \"101\""},
    {"dumponexit", nullptr, nullptr, nullptr},
    {"commandkey 1", nullptr, nullptr, nullptr},
    {"generatecommandkey", nullptr, nullptr, nullptr},
    {"linux_freq_scale 1", nullptr, nullptr, nullptr},
    {"linux_hz 100", nullptr, nullptr, nullptr},
};

Result<Configuration> parse(const std::string& line) {
  return parse_configuration({{"conf", 1, line}});
}

std::string name_of(const char* line) { return Directive{ConfLine{"", 1, line}}.name(); }

bool is_followed(const std::string& name) { return name == "include" || name == "confdir"; }

TEST(Directives, EachSetsWhatItSaysAndNothingIsSetBefore) {
  for (const auto& row : rows) {
    if (is_followed(name_of(row.good))) continue;
    const auto parsed = parse(row.good);
    ASSERT_TRUE(parsed) << parsed.error().message;
    if (row.sets == nullptr) {
      EXPECT_EQ(parsed->settings, Settings{}) << row.good;
      continue;
    }
    EXPECT_TRUE(row.sets(parsed->settings)) << row.good;
    EXPECT_FALSE(row.sets(Settings{})) << row.good << ": the defaults pass the check";
  }
}

TEST(Directives, AWrongOneNamesFileLineDirectiveAndWhatWouldBeRight) {
  for (const auto& row : rows) {
    if (row.bad == nullptr) continue;
    const auto parsed = parse(row.bad);
    ASSERT_FALSE(parsed) << row.bad;
    EXPECT_EQ(parsed.error().message, std::string{"conf:1: "} + row.complaint);
  }
}

TEST(Directives, EachHasARowHereAFactAndAWord) {
  std::set<std::string_view> tested, facts, words{directive_words.begin(), directive_words.end()};
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(name_of(row.good));
  tested.insert(names.begin(), names.end());
  for (const auto& fact : directive_facts) facts.insert(fact.name);
  EXPECT_EQ(tested, words);
  EXPECT_EQ(facts, words);
  EXPECT_EQ(words.size(), directive_words.size()) << "a word is listed twice";
  EXPECT_TRUE(std::ranges::is_sorted(directive_words));
}

TEST(Directives, WhatHasNoEffectSaysSo) {
  for (const auto& row : rows) {
    const auto name = name_of(row.good);
    if (is_followed(name)) continue;
    const auto parsed = parse(row.good);
    for (const auto& fact : directive_facts) {
      if (fact.name != name) continue;
      std::vector<std::string> warnings;
      if (!fact.warning.empty())
        warnings.push_back("conf:1: " + name + ": " + std::string{fact.warning});
      if (name == "local") continue;  // its row has an option without effect
      EXPECT_EQ(parsed->warnings, warnings);
      // One of two algorithms is not spoken.
      EXPECT_EQ(parsed->notes.size(), std::string{row.good} == "ntsaeads 15 30" ? 1u : 0u);
      const bool idle = fact.owner == Owner::nobody && fact.name != "dumponexit";
      EXPECT_EQ(idle, !warnings.empty()) << name;
    }
  }
}

TEST(Directives, LogWithoutANameAsksForNoneAsChronydTakesIt) {
  const auto parsed = parse("log");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->settings.log, LogSettings{});
}

TEST(ClockSettings, AreTheSameAsTheWholeGrammarReads) {
  for (const auto& row : rows) {
    const std::vector<ConfLine> lines{{"conf", 1, row.good}};
    const auto clock = read_clock_settings(lines);
    ASSERT_TRUE(clock) << clock.error().message;
    if (is_followed(name_of(row.good))) continue;
    EXPECT_EQ(*clock, parse(row.good)->settings.clock) << row.good;
  }
  const std::vector<ConfLine> wrong{{"conf", 7, "makstep 1 3"}};
  EXPECT_EQ(read_clock_settings(wrong).error().message,
            "conf:7: makstep: unknown directive, did you mean \"makestep\"?");
}

}  // namespace
}  // namespace ntp
