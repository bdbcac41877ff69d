// The classic letters, their ranges and which of two contradicting ones counts.
#include "ntpdate/options.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "ntpdate/query.h"

namespace ntp::ntpdate {
namespace {

std::expected<Options, int> parse(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"ntpdate"};
  argv.insert(argv.end(), words);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  auto options = parse_options(static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return options;
}

TEST(Options, EveryClassicLetterIsTakenAtOnce) {
  const auto options = parse({"-46bBdqsuv", "-a", "7", "-e", "0.1", "-k", "/k", "-o", "3", "-p",
                              "8", "-t", "0.5", "one", "two"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->family, Family::ipv6);
  EXPECT_EQ(options->manner, Manner::slew);
  EXPECT_EQ(options->debug, 1);
  EXPECT_TRUE(options->query_only && options->to_syslog && options->unprivileged_port &&
              options->verbose);
  EXPECT_EQ(options->key, 7u);
  EXPECT_EQ(options->key_file, "/k");
  EXPECT_EQ(options->version, 3);
  EXPECT_EQ(options->samples, 8);
  EXPECT_EQ(options->timeout, 600ms);  // 0.5 s in whole fifths of a second
  EXPECT_EQ(options->servers, (std::vector<std::string>{"one", "two"}));
  EXPECT_FALSE(options->sets_clock());
}

TEST(Options, TheLastOfTwoThatContradictWins) {
  EXPECT_EQ(parse({"-B", "-b", "x"})->manner, Manner::step);
  EXPECT_EQ(parse({"-b", "-B", "x"})->manner, Manner::slew);
  EXPECT_EQ(parse({"-6", "-4", "x"})->family, Family::ipv4);
  EXPECT_EQ(parse({"x"})->manner, Manner::by_size);
}

TEST(Options, AUsageErrorIsExitCodeTwoAndHelpIsZero) {
  EXPECT_EQ(parse({}).error(), 2);
  EXPECT_EQ(parse({"-p", "9", "x"}).error(), 2);
  EXPECT_EQ(parse({"-p", "0", "x"}).error(), 2);
  EXPECT_EQ(parse({"-o", "5", "x"}).error(), 2);
  EXPECT_EQ(parse({"-Z", "x"}).error(), 2);
  EXPECT_EQ(parse({"-a", "word", "x"}).error(), 2);
  EXPECT_EQ(parse({"--help"}).error(), 0);
  EXPECT_EQ(parse({"--version"}).error(), 0);
}

TEST(Options, TwoSamplesDoOnANearNetworkAndFourElsewhere) {
  const auto options = *parse({"x"});
  Asked asked{.sent = 2, .kept = 2};
  asked.samples[0] = asked.samples[1] = {.offset = 0s, .delay = 1ms};
  EXPECT_TRUE(is_enough(asked, options));
  asked.samples[0] = asked.samples[1] = {.offset = 0s, .delay = 30ms};
  EXPECT_FALSE(is_enough(asked, options));
  asked.sent = 4;
  EXPECT_TRUE(is_enough(asked, options));
  const auto eight = *parse({"-p", "8", "x"});
  EXPECT_FALSE(is_enough(asked, eight));
}

}  // namespace
}  // namespace ntp::ntpdate
