// What the hardware clock keeps, by root's word: rtconutc, hwclockfile.
#include "common/os/rtc_device.h"

#include <gtest/gtest.h>

#include <fstream>

namespace ntp {
namespace {

std::string file_with(const std::string& last_line) {
  std::string path = testing::TempDir() + "hwclockfile";
  std::ofstream{path} << "0.0 0 0.0\n0\n" << last_line << "\n";
  return path;
}

TEST(RtcKeeps, RtconutcIsUtcWhateverTheFileSays) {
  EXPECT_EQ(keeps_what(true, file_with("LOCAL")), RtcKeeps::utc);
  EXPECT_NE(keeps_what(false, file_with("LOCAL")), RtcKeeps::utc);
}

TEST(RtcKeeps, TheThirdLineOfHwclockfileSaysUtcOrLocal) {
  EXPECT_EQ(keeps_what(false, file_with("UTC")), RtcKeeps::utc);
  EXPECT_NE(keeps_what(false, file_with("LOCAL")), RtcKeeps::utc);
}

}  // namespace
}  // namespace ntp
