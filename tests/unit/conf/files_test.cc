// Claims about files: the rules of lines and inclusion, who is trusted, the stock
// configurations, and that what is handed to a role means the same there.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/base/ensure.h"
#include "common/conf/grammar.h"

namespace ntp {
namespace {

namespace fs = std::filesystem;

// A directory of its own for each test, gone afterwards.
class ConfFiles : public testing::Test {
 protected:
  ConfFiles() {
    std::string name = fs::temp_directory_path() / "meridian-conf-XXXXXX";
    ENSURE(mkdtemp(name.data()) != nullptr);
    root = name;
  }
  ~ConfFiles() override { fs::remove_all(root); }

  std::string put(const std::string& name, const std::string& text) {
    const auto path = root / name;
    fs::create_directories(path.parent_path());
    std::ofstream{path} << text;
    fs::permissions(path, fs::perms{0644});
    return path;
  }
  std::string in_root(const std::string& name) const { return root / name; }

  fs::path root;
};

std::string complaint(const std::string& path, Vetting vetting = Vetting::loose) {
  const auto read = read_configuration(path, vetting);
  return read ? "" : read.error().message;
}

TEST_F(ConfFiles, OnlyAWholeLineIsAComment) {
  const auto good = put("a", "# x\n ! x\n\t; x\n%x\n\n  server\t a   iburst \r\n");
  const auto read = read_configuration(good);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->lines, (std::vector<ConfLine>{{good, 6, "server a iburst"}}));
  const auto trailing = put("b", "\nserver a # mine\n");
  EXPECT_EQ(complaint(trailing), trailing + ":2: server: unknown option \"#\"");
}

TEST_F(ConfFiles, ALineOf2047OctetsIsTheLongest) {
  EXPECT_EQ(complaint(put("a", "#" + std::string(2046, 'x'))), "");
  const auto path = put("b", "#" + std::string(2047, 'x'));
  EXPECT_EQ(complaint(path), path + ":1: line longer than 2047 octets");
}

TEST_F(ConfFiles, IncludeTakesAPatternAndMissesOnlyAPlainFile) {
  put("d/2.conf", "makestep 2 2\n");
  put("d/1.conf", "makestep 1 1\n");
  const auto path =
      put("a", "include " + in_root("d/*.conf") + "\ninclude " + in_root("none/*.conf") + "\n");
  EXPECT_EQ(read_configuration(path)->settings.clock.makestep, (StepPolicy{2s, 2}));
  const auto missing = put("b", "include " + in_root("none.conf") + "\n");
  EXPECT_EQ(complaint(missing), missing + ":1: include: cannot read " + in_root("none.conf") +
                                    ": No such file or directory");
}

TEST_F(ConfFiles, AnErrorInAnIncludedFileNamesThatFile) {
  const auto inner = put("d/1.conf", "\nmakstep 1 1\n");
  const auto path = put("a", "confdir " + in_root("d") + "\n");
  EXPECT_EQ(complaint(path), inner + ":2: makstep: unknown directive, did you mean \"makestep\"?");
}

TEST_F(ConfFiles, ConfdirGoesByNameAndTheFirstDirectoryWins) {
  put("one/20.conf", "maxdistance 20\n");
  put("two/20.conf", "maxdistance 99\n");
  put("two/10.conf", "maxdistance 10\nmaxjitter 5\n");
  put("two/30.text", "maxdistance 30\n");
  const auto path =
      put("a", "confdir " + in_root("one") + " " + in_root("two") + " " + in_root("none") + "\n");
  const auto read = read_configuration(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->settings.selection.maxdistance, 20s);
  EXPECT_EQ(read->settings.selection.maxjitter, 5s);
}

TEST_F(ConfFiles, AFileThatIncludesItselfEndsInAnError) {
  const auto path = put("a", "include " + in_root("a") + "\n");
  EXPECT_EQ(complaint(path), path + ":1: include: files include files ten deep");
}

TEST_F(ConfFiles, ArgumentsReplaceTheFile) {
  const std::string arguments[] = {"server a iburst", "local stratum 5"};
  const auto read = read_configuration(arguments);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->settings.server.local.stratum, 5);
  const std::string wrong[] = {"server a", "serve b"};
  EXPECT_EQ(read_configuration(wrong).error().message,
            "arguments:2: serve: unknown directive, did you mean \"server\"?");
}

TEST_F(ConfFiles, AFileThatOthersCouldHaveWrittenIsNotObeyed) {
  const auto path = put("a", "local\n");
  EXPECT_EQ(complaint(path, Vetting::strict), "");
  fs::permissions(path, fs::perms{0646});
  EXPECT_EQ(complaint(path, Vetting::strict),
            path + " can be written by others: chmod go-w " + path);
  EXPECT_EQ(complaint(path, Vetting::loose), "");
}

TEST_F(ConfFiles, AnotherUsersFileOrLinkIsNotObeyed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const auto path = put("a", "local\n");
  ASSERT_EQ(chown(path.c_str(), 62001, 62001), 0);
  EXPECT_EQ(complaint(path, Vetting::strict),
            path + " belongs to user 62001: only root's files are obeyed");
  const auto good = put("b", "local\n");
  fs::create_symlink(good, in_root("link"));
  EXPECT_EQ(complaint(in_root("link"), Vetting::strict), "");
  ASSERT_EQ(lchown(in_root("link").c_str(), 62001, 62001), 0);
  EXPECT_EQ(complaint(in_root("link"), Vetting::strict),
            "cannot read " + in_root("link") + ": Too many levels of symbolic links");
}

TEST_F(ConfFiles, WhatIsNoFileOrNoTextIsRefused) {
  EXPECT_EQ(complaint(root), "cannot read " + root.string() + ": not a regular file");
  ASSERT_EQ(mkfifo(in_root("pipe").c_str(), 0600), 0);
  EXPECT_EQ(complaint(in_root("pipe")), "cannot read " + in_root("pipe") + ": not a regular file");
  const auto path = put("b", std::string{"local\nx\0y\n", 10});
  EXPECT_EQ(complaint(path), path + ":2: not text: it holds a NUL");
  const auto big = put("c", std::string(1 << 20, '#') + "\n");
  EXPECT_EQ(complaint(big), big + " is longer than 1048576 octets");
}

TEST_F(ConfFiles, WrongLinesOfASourcesFileAreLeftOutWithAWarning) {
  put("s/a.sources", "server a iburst\nallow all\nserver b ibrust\nserver c\nserver d");
  const auto path = put("conf", "sourcedir " + in_root("s") + "\npool p\n");
  const auto read = read_configuration(path);
  ASSERT_TRUE(read) << read.error().message;
  std::vector<std::string> names;
  for (const auto& source : read->settings.sources) names.push_back(source.name);
  EXPECT_EQ(names, (std::vector<std::string>{"p", "a", "c"}));
  EXPECT_FALSE(read->settings.sources[0].from_sourcedir);
  EXPECT_TRUE(read->settings.sources[1].from_sourcedir);
  EXPECT_EQ(read->warnings.size(), 3u);
}

TEST_F(ConfFiles, WhatIsHandedToARoleMeansTheSameThere) {
  put("s/a.sources", "server a iburst\n");
  put("d/1.conf", "local stratum 7\n");
  const auto path = put("conf", "confdir " + in_root("d") + "\nserver b\nsourcedir " +
                                    in_root("s") + "\nallow 10/8\n");
  const auto read = read_configuration(path);
  ASSERT_TRUE(read);
  const auto there = parse_handover(handover_text(*read));
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ(there->settings, read->settings);
  EXPECT_EQ(handover_text(*there), handover_text(*read));
  EXPECT_EQ(effective_text(*read),
            "local stratum 7\nserver b\nsourcedir " + in_root("s") + "\nallow 10/8\n");
}

TEST(StockConfigurations, EachStartsUnmodified) {
  int count = 0;
  for (const auto& file : fs::directory_iterator{"tests/unit/conf/stock"}) {
    const auto read = read_configuration(file.path(), Vetting::loose);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FALSE(explain(*read).empty());
    const auto clock = read_clock_settings(read->lines);
    EXPECT_EQ(*clock, read->settings.clock) << file.path();
    const auto there = parse_handover(handover_text(*read));
    EXPECT_EQ(there->settings, read->settings) << file.path();
    ++count;
  }
  EXPECT_GE(count, 12);
}

Settings stock(const std::string& name) {
  return read_configuration("tests/unit/conf/stock/" + name, Vetting::loose)->settings;
}

TEST(StockConfigurations, SayWhatTheirAuthorsMeant) {
  EXPECT_EQ(stock("debian12.conf").clock.makestep, (StepPolicy{1s, 3}));
  EXPECT_EQ(stock("debian12.conf").sourcedirs.size(), 2u);
  EXPECT_EQ(stock("ubuntu2404.conf").sources.at(3).maxsources, 2);
  EXPECT_EQ(std::ranges::count(stock("ubuntu2510.conf").sources, true, &SourceSettings::nts), 3);
  EXPECT_EQ(stock("fedora.conf").clock.leapseclist, "/usr/share/zoneinfo/leap-seconds.list");
  EXPECT_TRUE(stock("suse.conf").log.tracking);
  EXPECT_EQ(stock("amazon.conf").acquisitionport, 0);
  EXPECT_EQ(stock("azure.conf").refclocks.at(0).parameter, "/dev/ptp_hyperv");
  EXPECT_EQ(stock("google.conf").clock.leapsectz, "");
  EXPECT_EQ(stock("hardened.conf").control.port, 0);
  EXPECT_TRUE(stock("tutorial_server.conf").server.local.enabled);
}

TEST_F(ConfFiles, ExplainSaysWhatIsSpecialAboutASource) {
  const auto read = read_configuration(
      put("conf", "server a key 3 prefer offline\nserver b nts noselect\npeer c auto_offline\n"));
  ASSERT_TRUE(read) << read.error().message;
  const auto text = explain(*read);
  EXPECT_NE(text.find("  server a port 123, every 2^6 to 2^10 s, with key 3, preferred, "
                      "not asked until `online`\n"
                      "  server b port 123, every 2^6 to 2^10 s, with NTS, "
                      "measured but never followed\n"
                      "  peer c port 123, every 2^6 to 2^10 s\n"),
            text.npos)
      << text;
}

TEST(Explain, TellsTheTutorialsServerInPlainSentences) {
  const auto text =
      explain(*read_configuration("tests/unit/conf/stock/tutorial_server.conf", Vetting::loose));
  EXPECT_EQ(text,
            "Takes time from 1 server.\n"
            "  server 192.0.2.1 port 123, every 2^6 to 2^10 s, burst at start\n"
            "Never steps the clock, only slews it.\n"
            "Leaves the real-time clock to rtcd.\n"
            "Serves time at UDP port 123:\n"
            "  allowed 192.168.43.0/24\n"
            "Without a source serves its own clock as stratum 10.\n"
            "Answers syncctl at /run/meridian/ntpd-net/control.sock.\n"
            "Answers questions at 127.0.0.1:323.\n"
            "Answers questions at [::1]:323.\n");
}

}  // namespace
}  // namespace ntp
