// Rows and headings of log files, written to a memory file.
#include "common/os/log_file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include <string>

namespace ntp {
namespace {

std::string content(int number) {
  std::string text(4096, '\0');
  const auto length = ::pread(number, text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

TEST(LogFile, TheHeadingComesFirstAndAgainAfterSoManyRows) {
  LogFile log{"  Head", 2};
  Fd file{::memfd_create("log", MFD_CLOEXEC)};
  const int number = file.number();
  log.adopt(std::move(file));
  for (const char* row : {"one", "two", "three"}) log.row(row);
  EXPECT_EQ(content(number), "======\n  Head\n======\none\ntwo\n======\n  Head\n======\nthree\n");
}

TEST(LogFile, WithoutBannersThereAreRowsOnly) {
  LogFile log{"  Head", 0};
  Fd file{::memfd_create("log", MFD_CLOEXEC)};
  const int number = file.number();
  log.adopt(std::move(file));
  log.row("one");
  log.row("two");
  EXPECT_EQ(content(number), "one\ntwo\n");
}

TEST(LogFile, AFreshFileBeginsWithAHeadingOfItsOwn) {
  LogFile log{"H", 32};
  Fd first{::memfd_create("log", MFD_CLOEXEC)}, second{::memfd_create("log", MFD_CLOEXEC)};
  const int number = second.number();
  log.adopt(std::move(first));
  log.row("one");
  log.adopt(std::move(second));
  log.row("two");
  EXPECT_EQ(content(number), "=\nH\n=\ntwo\n");
}

TEST(LogFile, AMissingDirectoryIsAnErrorThatNamesTheFile) {
  std::string folder = "/proc/no/such/place";
  const auto file = open_log_file(folder, "tracking");
  ASSERT_FALSE(file.has_value());
  EXPECT_NE(file.error().message.find("/proc/no/such/place/tracking.log"), std::string::npos);
}

TEST(LogFile, WhereTheDirectoryCannotBeWrittenTheServiceManagersFolderIsTaken) {
  std::string given = testing::TempDir() + "/logs-XXXXXX";
  ASSERT_NE(::mkdtemp(given.data()), nullptr);
  ::setenv("LOGS_DIRECTORY", given.c_str(), 1);
  std::string folder = "/proc/no/such/place", good = testing::TempDir();
  EXPECT_TRUE(open_log_file(folder, "tracking").has_value());
  EXPECT_TRUE(open_log_file(good, "given-test").has_value());
  ::unsetenv("LOGS_DIRECTORY");
  EXPECT_EQ(folder, given);
  EXPECT_EQ(good, testing::TempDir());
  EXPECT_EQ(::unlink((given + "/tracking.log").c_str()), 0);
  EXPECT_EQ(::unlink((good + "/given-test.log").c_str()), 0);
  ::rmdir(given.c_str());
}

TEST(LogFile, TheTimeIsUtcInWholeSecondsRoundedDown) {
  EXPECT_EQ(log_time(SystemTime{1'795'631'999'999'999'999ns}), "2026-11-25 18:39:59");
}

}  // namespace
}  // namespace ntp
