// Claims of common/base/log.h: one line a call, each style's shape, long lines cut. Reads the
// lines back through a pipe.
#include "common/base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <regex>
#include <string>

#include "common/base/fd.h"

namespace ntp {
namespace {

class LogLines : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    out_ = Fd{ends[0]};
    in_ = Fd{ends[1]};
  }
  void TearDown() override { open_log(2, LogStyle::plain, Severity::info, "unit"); }

  void choose(LogStyle style, Severity least = Severity::info) {
    open_log(in_.number(), style, least, "unit");
  }
  // Everything written so far; closes the writing end.
  std::string written() {
    in_.reset();
    std::string text;
    std::array<char, 4096> some{};
    for (ssize_t got = 0; (got = ::read(out_.number(), some.data(), some.size())) > 0;) {
      text.append(some.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  Fd out_, in_;
};

TEST_F(LogLines, APlainLineCarriesItsUtcInstant) {
  choose(LogStyle::plain);
  log_info("Selected source {} ({})", "192.0.2.1", "time.example");
  EXPECT_TRUE(std::regex_match(
      written(),
      std::regex{
          R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ Selected source 192\.0\.2\.1 \(time\.example\)\n)"}));
}

TEST_F(LogLines, AJournalLineBeginsWithItsPriority) {
  choose(LogStyle::journal);
  log_warning("slow");
  log_error("broken");
  EXPECT_EQ(written(), "<4>slow\n<3>broken\n");
}

TEST_F(LogLines, ASyslogDatagramNamesTheProgramAndEndsWithoutANewline) {
  choose(LogStyle::syslog);
  log_info("hello");
  EXPECT_EQ(written(), "<30>unit[" + std::to_string(::getpid()) + "]: hello");
}

TEST_F(LogLines, WhatIsBelowTheLeastSeverityIsNotWritten) {
  choose(LogStyle::journal, Severity::warning);
  log_debug("no");
  log_info("no");
  log_warning("yes");
  EXPECT_EQ(written(), "<4>yes\n");
}

TEST_F(LogLines, ALineThatIsTooLongIsCutAndStillEnds) {
  choose(LogStyle::journal);
  log_info("{}", std::string(5000, 'x'));
  const std::string text = written();
  EXPECT_GT(text.size(), 1000u);
  EXPECT_LT(text.size(), 1300u);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace ntp
