// A row an option of server, pool, peer and refclock, as for directives.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/conf/authselect.h"
#include "common/conf/grammar.h"
#include "common/conf/source_lines.h"

namespace ntp {
namespace {

struct Row {
  const char* good;
  bool (*sets)(const SourceSettings&);
  const char* bad;
  const char* complaint;
};

using S = SourceSettings;

const Row rows[] = {
    {"port 124", [](const S& s) { return s.port == 124; }, "port -1",
     "port must be a whole number from 0 to 65535, not \"-1\""},
    {"minpoll -3", [](const S& s) { return s.minpoll == -3; }, "minpoll -8",
     "minpoll must be a whole number from -7 to 24, not \"-8\""},
    {"maxpoll 16", [](const S& s) { return s.maxpoll == 16; }, "maxpoll 25",
     "maxpoll must be a whole number from -7 to 24, not \"25\""},
    {"iburst", [](const S& s) { return s.iburst; }, "ibrust",
     "unknown option \"ibrust\", did you mean \"iburst\"?"},
    {"burst", [](const S& s) { return s.burst; }, "brst",
     "unknown option \"brst\", did you mean \"burst\"?"},
    {"OFFLINE", [](const S& s) { return s.offline; }, "of-line",
     "unknown option \"of-line\", did you mean \"offline\"?"},
    {"auto_offline", [](const S& s) { return s.auto_offline; }, "auto-offline",
     "unknown option \"auto-offline\", did you mean \"auto_offline\"?"},
    {"prefer", [](const S& s) { return s.selection.prefer; }, "preferred",
     "unknown option \"preferred\", did you mean \"prefer\"?"},
    {"noselect", [](const S& s) { return s.selection.noselect; }, "nselect",
     "unknown option \"nselect\", did you mean \"noselect\"?"},
    {"trust", [](const S& s) { return s.selection.trust; }, "trst",
     "unknown option \"trst\", did you mean \"trust\"?"},
    {"require", [](const S& s) { return s.selection.require; }, "requires",
     "unknown option \"requires\", did you mean \"require\"?"},
    {"maxsources 16", [](const S& s) { return s.maxsources == 16; }, "maxsources 0",
     "maxsources must be a whole number from 1 to 16, not \"0\""},
    {"key 4294967295", [](const S& s) { return s.key == 4294967295u; }, "key 4294967296",
     "key must be a whole number from 1 to 4294967295, not \"4294967296\""},
    {"ntsport 4461 port 125", [](const S& s) { return s.port == 125; }, "ntss",
     "unknown option \"ntss\", did you mean \"nts\"?"},
    {"ntsport 4461", [](const S& s) { return s.ntsport == 4461; }, "ntsport", "ntsport needs PORT"},
    {"certset 1", [](const S& s) { return s.certset == 1; }, "certset one",
     "certset must be a whole number from 0 to 4294967295, not \"one\""},
    {"xleave", [](const S& s) { return s.xleave; }, "xlave",
     "unknown option \"xlave\", did you mean \"xleave\"?"},
    {"copy", [](const S& s) { return s.copy; }, "coppy",
     "unknown option \"coppy\", did you mean \"copy\"?"},
    {"version 3", [](const S& s) { return s.version == 3; }, "version 5",
     "version must be a whole number from 1 to 4, not \"5\""},
    {"extfield F323 extfield 10A",
     [](const S& s) {
       return s.extension_fields == std::vector<std::uint16_t>{0xf323, 0x10a};
     },
     "extfield 12345", "TYPE must be a hexadecimal number up to FFFF, not \"12345\""},
    {"ipv4", [](const S& s) { return s.family == Family::ipv4; }, "ip4",
     "unknown option \"ip4\", did you mean \"ipv4\"?"},
    {"ipv6", [](const S& s) { return s.family == Family::ipv6; }, "ip6",
     "unknown option \"ip6\", did you mean \"ipv6\"?"},
    {"maxdelay 0.1", [](const S& s) { return s.maxdelay == 100ms; }, "maxdelay 1001",
     "maxdelay must be a number from 0 to 1000, not \"1001\""},
    {"maxdelayratio 2", [](const S& s) { return s.maxdelayratio == 2; }, "maxdelayratio",
     "maxdelayratio needs RATIO"},
    {"maxdelaydevratio 5", [](const S& s) { return s.maxdelaydevratio == 5; },
     "maxdelaydevratio -1", "maxdelaydevratio must be a number from 0 to 1e+06, not \"-1\""},
    {"maxdelayquant 0.2", [](const S& s) { return s.maxdelayquant == 0.2; }, "maxdelayquant 2",
     "maxdelayquant must be a number from 0 to 1, not \"2\""},
    {"mindelay 1e-4", [](const S& s) { return s.mindelay == 100us; }, "mindelay x",
     "mindelay must be a number from 0 to 1000, not \"x\""},
    {"asymmetry -0.5", [](const S& s) { return s.asymmetry == -0.5; }, "asymmetry 0.6",
     "asymmetry must be a number from -0.5 to 0.5, not \"0.6\""},
    {"offset -1e-6", [](const S& s) { return s.offset == -1us; }, "offset inf",
     "offset must be a number from -1e+09 to 1e+09, not \"inf\""},
    {"minsamples 4", [](const S& s) { return s.minsamples == 4; }, "minsamples",
     "minsamples needs COUNT"},
    {"maxsamples 1", [](const S& s) { return s.maxsamples == 1; }, "maxsamples",
     "maxsamples needs COUNT"},
    {"maxunreach 100", [](const S& s) { return s.maxunreach == 100; }, "maxunreach",
     "maxunreach needs POLLS"},
    {"filter 5", [](const S& s) { return s.filter == 5; }, "filter", "filter needs POLLS"},
    {"polltarget 30", [](const S& s) { return s.polltarget == 30; }, "polltarget 0",
     "polltarget must be a whole number from 1 to 1000000000, not \"0\""},
    {"presend 9", [](const S& s) { return s.presend == 9; }, "presend", "presend needs LOG2"},
    {"minstratum 16", [](const S& s) { return s.minstratum == 16; }, "minstratum 17",
     "minstratum must be a whole number from 0 to 16, not \"17\""},
};

Result<SourceSettings> source(const std::string& options) {
  return parse_source("server a " + options);
}

TEST(SourceOptions, EachSetsWhatItSaysAndNothingIsSetBefore) {
  for (const auto& row : rows) {
    const auto parsed = source(row.good);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_TRUE(row.sets(*parsed)) << row.good;
    EXPECT_FALSE(row.sets(SourceSettings{})) << row.good << ": the defaults pass the check";
    const auto wrong = source(row.bad);
    ASSERT_FALSE(wrong) << row.bad;
    EXPECT_EQ(wrong.error().message, std::string{"arguments:1: server: "} + row.complaint);
  }
}

TEST(SourceOptions, MaxpollFollowsMinpollUpwards) {
  EXPECT_EQ(source("minpoll 12")->maxpoll, 12);
  EXPECT_EQ(source("minpoll 6 maxpoll 4")->maxpoll, 6);
}

TEST(SourceOptions, ANameThatNoResolverWouldTakeIsRefused) {
  EXPECT_FALSE(parse_source("server a;b"));
  EXPECT_FALSE(parse_source("server " + std::string(256, 'a')));
  EXPECT_TRUE(parse_source("server 2001:db8::1"));
  EXPECT_EQ(parse_source("allow 10").error().message,
            "arguments:1: allow: a source is server, pool or peer");
}

TEST(Sources, AnOptionWithoutEffectIsNotedAndTheSourceKept) {
  const auto parsed = parse_configuration(
      {{"c", 1, "peer a iburst"}, {"c", 2, "server b iburst extfield F323 minsamples 3"}});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->settings.sources.size(), 2u);
  EXPECT_EQ(parsed->notes, (std::vector<std::string>{"c:1: peer: iburst: no effect",
                                                     "c:2: server: extfield: no effect"}));
}

TEST(Local, EveryOptionIsTakenWithoutAWarning) {
  EXPECT_EQ(parse_configuration({{"c", 1, "local stratum 10 distance 2"}})->warnings.size(), 0u);
  for (const auto* option : {"orphan", "activate 0.5", "waitsynced 1", "waitunsynced 1"}) {
    EXPECT_EQ(parse_configuration({{"c", 1, std::string{"local "} + option}})->warnings.size(), 0u)
        << option;
  }
}

TEST(Sources, OneThatAsksForNtsIsKeptAndSaysSo) {
  const auto parsed =
      parse_configuration({{"c", 1, "server a nts certset 3"}, {"c", 2, "server b"}});
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->settings.sources.size(), 2u);
  EXPECT_TRUE(parsed->settings.sources[0].nts);
  EXPECT_EQ(parsed->settings.sources[0].certset, 3u);
  EXPECT_FALSE(parsed->settings.sources[1].nts);
  EXPECT_TRUE(parsed->warnings.empty());
  EXPECT_TRUE(parsed->notes.empty());
}

std::vector<std::string> selection_of(std::vector<std::string> text) {
  std::vector<ConfLine> lines;
  for (auto& line : text) lines.push_back({"c", 1, std::move(line)});
  const auto parsed = parse_configuration(std::move(lines));
  const auto letters = [](const SelectionOptions& o) {
    return std::string{o.noselect ? "N" : ""} + (o.trust ? "T" : "") + (o.require ? "R" : "");
  };
  std::vector<std::string> options;
  const AuthSelection selection = authselection(parsed->settings);
  for (const auto& source : parsed->settings.sources)
    options.push_back(letters(selection.of(source)));
  for (const auto& clock : parsed->settings.refclocks)
    options.push_back(letters(selection.of(clock)));
  return options;
}

TEST(AuthSelectMode, DecidesWhatTheOthersAreWorth) {
  using Letters = std::vector<std::string>;
  const std::vector<std::string> mixed{"server a", "server b key 1", "refclock SHM 0"};
  const auto with = [](std::vector<std::string> lines, std::string mode) {
    lines.push_back("authselectmode " + mode);
    return selection_of(std::move(lines));
  };
  EXPECT_EQ(selection_of(mixed), (Letters{"", "TR", "TR"}));
  EXPECT_EQ(selection_of({"server a", "server b nts"}), (Letters{"", "TR"}));
  EXPECT_EQ(with({"server a", "server b nts"}, "require"), (Letters{"N", ""}));
  EXPECT_EQ(with(mixed, "mix"), (Letters{"", "TR", "TR"}));
  EXPECT_EQ(with(mixed, "ignore"), (Letters{"", "", ""}));
  EXPECT_EQ(with(mixed, "prefer"), (Letters{"N", "", ""}));
  EXPECT_EQ(with({"server a"}, "prefer"), (Letters{""}));
  EXPECT_EQ(with({"server a", "server b key 1 noselect"}, "prefer"), (Letters{"", "N"}));
  EXPECT_EQ(with({"server a"}, "require"), (Letters{"N"}));
  EXPECT_EQ(selection_of({"server a", "refclock SHM 0"}), (Letters{"", ""}));
  EXPECT_EQ(selection_of({"server b key 1", "refclock SHM 0"}), (Letters{"", ""}));
  EXPECT_EQ(selection_of({"server a noselect", "server b key 1"}), (Letters{"N", ""}));
  EXPECT_EQ(selection_of({"server a", "server b key 1", "refclock SHM 0 noselect"}),
            (Letters{"", "TR", "N"}));
}

TEST(Refclock, OptionsOfTheDriverFollowColons) {
  const auto parsed =
      parse_configuration({{"c", 1,
                            "refclock SHM 0:perm=0644 refid GPS poll 2 precision 1e-1 offset "
                            "0.9999 delay 0.2 noselect"},
                           {"c", 2,
                            "refclock pps /dev/pps0:clear lock GPS rate 5 width 0.1 prefer "
                            "maxlockage 4 pps tai local filter 32"},
                           {"c", 3,
                            "refclock SOCK /run/x.sock maxdispersion 0.5 minsamples 3 maxsamples 8 "
                            "maxunreach 7 trust require"}});
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto& clocks = parsed->settings.refclocks;
  EXPECT_EQ(clocks[0], (RefclockSettings{.driver = RefclockDriver::shm,
                                         .parameter = "0",
                                         .driver_options = {"perm=0644"},
                                         .refid = "GPS",
                                         .poll = 2,
                                         .offset = 999900us,
                                         .delay = 200ms,
                                         .precision = 100ms,
                                         .selection = {.noselect = true}}));
  EXPECT_EQ(clocks[1], (RefclockSettings{.driver = RefclockDriver::pps,
                                         .parameter = "/dev/pps0",
                                         .driver_options = {"clear"},
                                         .lock_refid = "GPS",
                                         .filter = 32,
                                         .rate = 5,
                                         .maxlockage = 4,
                                         .width = 100ms,
                                         .pps = true,
                                         .tai = true,
                                         .local = true,
                                         .selection = {.prefer = true}}));
  EXPECT_EQ(clocks[2], (RefclockSettings{.driver = RefclockDriver::sock,
                                         .parameter = "/run/x.sock",
                                         .maxdispersion = 500ms,
                                         .minsamples = 3,
                                         .maxsamples = 8,
                                         .maxunreach = 7,
                                         .selection = {.trust = true, .require = true}}));
}

TEST(Refclock, ALongRefidIsRefused) {
  const auto parsed = parse_configuration({{"c", 1, "refclock SHM 0 refid GPSPPS"}});
  EXPECT_EQ(parsed.error().message,
            "c:1: refclock: REFID is at most 4 ASCII characters, not \"GPSPPS\"");
}

}  // namespace
}  // namespace ntp
