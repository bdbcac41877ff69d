// What a reload would change, and whose it is.
#include "common/conf/difference.h"

#include <gtest/gtest.h>

#include "common/conf/directives.h"

namespace ntp {
namespace {

Configuration of(std::string_view text) {
  auto parsed = parse_configuration(*split_conf_text("conf", text));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return *std::move(parsed);
}

std::string told(std::string_view before, std::string_view after) {
  return describe(compare_lines(of(before), of(after)));
}

TEST(Difference, EqualLinesDifferInNothingHoweverTheyAreWritten) {
  EXPECT_EQ(told("server 192.0.2.1  iburst\n# a word\n", "\n server 192.0.2.1 iburst\n"), "");
  EXPECT_EQ(digest_of(of("allow\n")), digest_of(of(" allow \n")));
  EXPECT_NE(digest_of(of("allow\n")), digest_of(of("deny\n")));
}

TEST(Difference, TellsWhatWentAndWhatCame) {
  EXPECT_EQ(told("server 192.0.2.1\nallow\nminsources 2\n",
                 "server 192.0.2.1\nserver 192.0.2.2\nminsources 2\n"),
            "- allow\n+ server 192.0.2.2\n");
}

TEST(Difference, TheOrderOfLinesCounts) {
  EXPECT_EQ(told("deny\nallow 192.0.2.0/24\nlocal\n", "allow 192.0.2.0/24\ndeny\nlocal\n"),
            "- deny\n+ deny\n");
}

TEST(Difference, NamesTheProgramThatMustTakeALineUp) {
  EXPECT_EQ(
      told("",
           "allow a.example\nmakestep 1 3\nrtcfile /r\nrefclock SHM 0\ncmdport 0\ndumponexit\n"
           "leapseclist /l\nrundir /run/x\n"),
      "+ allow a.example  [ntpd-net: needs a restart]\n"
      "+ makestep 1 3  [clockd]\n+ rtcfile /r  [rtcd]\n+ refclock SHM 0  [refclockd, "
      "ntpd-net: need a restart]\n"
      "+ cmdport 0  [ntpd-net: needs a restart]\n+ dumponexit  [no effect]\n"
      "+ leapseclist /l  [clockd, ntpd-net: need a restart]\n"
      "+ rundir /run/x  [all programs: need a restart]\n");
}

// clockd and rtcd leave the hardware clock alone while it is a source.
TEST(Difference, AHardwareClockThatBecomesASourceConcernsEveryProgram) {
  EXPECT_EQ(told("", "refclock RTC /dev/rtc0:utc\n"),
            "+ refclock RTC /dev/rtc0:utc  [all programs: need a restart]\n");
}

TEST(Difference, ALineOfASourcesFileIsNoLineOfTheConfiguration) {
  Configuration before = of("server 192.0.2.1\n"), after = of("");
  after.sourced = before.lines;
  EXPECT_EQ(describe(compare_lines(before, after)),
            "- server 192.0.2.1\n+ server 192.0.2.1 (from a .sources file)\n");
}

TEST(Difference, FilesTooLargeToCompareDifferWhole) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "allow 192.0.2.0/24\n";
  EXPECT_EQ(compare_lines(of("deny\n" + many), of("local\n" + many)).size(), 6002U);
  EXPECT_TRUE(compare_lines(of(many), of(many)).empty());
}

}  // namespace
}  // namespace ntp
