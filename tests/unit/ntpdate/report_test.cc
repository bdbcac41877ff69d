// The lines that scripts cut, to the letter.
#include "ntpdate/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace ntp::ntpdate {
namespace {

Asked answered() {
  Asked asked{.server = {ipv4_address(0xc0a82b65), 123},
              .name = "ho\"st",
              .sent = 2,
              .kept = 1,
              .answered = true};
  asked.samples[0] = {.offset = -3us, .delay = 260us};
  asked.header = {.leap = Leap::none, .mode = Mode::server, .stratum = 3, .precision_log2 = -23};
  asked.header.refid = 0x7f7f0101;
  return asked;
}

TEST(Report, TheTutorialsLineIsPrintedToTheLetter) {
  const Address server = ipv4_address(0xc0a82b65);
  EXPECT_EQ(result_line(server, -3us, false),
            "adjust time server 192.168.43.101 offset -0.000003 sec");
  EXPECT_EQ(result_line(server, 1500ms, true),
            "step time server 192.168.43.101 offset +1.500000 sec");
  EXPECT_EQ(result_line(ipv6_loopback, 0s, false), "adjust time server ::1 offset +0.000000 sec");
}

TEST(Report, AQueryLineNamesServerStratumOffsetAndDelay) {
  EXPECT_EQ(query_line(answered()),
            "server 192.168.43.101, stratum 3, offset -0.000003, delay 0.00026\n");
}

TEST(Report, ASilentServerHasZeroesWithoutASign) {
  EXPECT_EQ(query_line({.server = {ipv4_address(0xc0a82b65), 123}, .sent = 4}),
            "server 192.168.43.101, stratum 0, offset 0.000000, delay 0.00000\n");
}

TEST(Report, TheDebugBlockHasTwoRowsOfFourAndEndsWithABlankLine) {
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  const std::string block = debug_block(answered());
  EXPECT_EQ(block.substr(0, block.find("reference time")),
            "server 192.168.43.101, port 123\n"
            "stratum 3, precision -23, leap 00, trust 000\n"
            "refid [127.127.1.1], delay 0.00000, dispersion 0.00000\n"
            "transmitted 2, in filter 1\n");
  EXPECT_NE(block.find("filter delay: 0.00026  0.00000  0.00000  0.00000 \n"
                       "              0.00000  0.00000  0.00000  0.00000 \n"),
            std::string::npos);
  EXPECT_NE(block.find("reference time:    00000000.00000000  Thu, Jan  1 1970 "),
            std::string::npos);
  EXPECT_TRUE(block.ends_with("offset -0.000003\n\n"));
}

TEST(Report, JsonQuotesNamesAndLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(query_json({.server = {ipv4_address(1), 123}, .name = "a\"b\\c\n", .sent = 4}),
            R"({"server":"0.0.0.1","name":"a\"b\\c\u000a","port":123,"sent":4,"answers":0,)"
            R"("dropped":"no data"})"
            "\n");
  EXPECT_EQ(result_json(ipv4_address(1), -3us, 1ms, false, {}),
            R"({"action":"adjust","server":"0.0.0.1","offset":-0.000003000,"bound":0.001000000,)"
            R"("adjusted":true})"
            "\n");
  EXPECT_EQ(result_json(ipv4_address(1), 3s, 1ms, true, "only asked"),
            R"({"action":"step","server":"0.0.0.1","offset":3.000000000,"bound":0.001000000,)"
            R"("adjusted":false,"reason":"only asked"})"
            "\n");
}

}  // namespace
}  // namespace ntp::ntpdate
