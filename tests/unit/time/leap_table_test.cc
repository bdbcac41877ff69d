// Both forms of root's leap file say the same.
#include "common/time/leap_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ntp {
namespace {

constexpr std::string_view list =
    "#\tUpdated\n#$\t3960835200\n#@\t3991593600\n2272060800\t10\t# 1 Jan 1972\n2287785600\t11\t# 1 "
    "Jul 1972\n"
    "3644697600 36 # 1 Jul 2015\n";

std::string read_file(const char* path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

TEST(LeapTable, AListGivesOffsetsAndEvents) {
  const auto text = std::string{list.substr(0, list.find("3644697600"))};
  const auto table = parse_leap_list(text);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->count, 2u);
  EXPECT_EQ(table->tai_at({78'796'799s}), 10);
  EXPECT_EQ(table->tai_at({78'796'800s}), 11);
  ASSERT_NE(table->next_after({78'796'799s}), nullptr);
  EXPECT_EQ(table->next_after({78'796'799s})->change, 1);
  EXPECT_EQ(table->next_after({78'796'800s}), nullptr);
  EXPECT_EQ(table->expires, UtcTime{1'782'604'800s});
}

TEST(LeapTable, AListWithAHoleOrWithoutExpiryIsRefused) {
  EXPECT_FALSE(parse_leap_list(list));  // 11 to 36
  EXPECT_FALSE(parse_leap_list("2272060800 10\n"));
  EXPECT_FALSE(parse_leap_list("#@ 3991593600\n2272060800\n"));
  EXPECT_FALSE(parse_leap_list("#@ 3991593600\nx 10\n"));
  EXPECT_FALSE(parse_leap_list("#@ 3991593600\n2287785600 11\n2272060800 10\n"));
  EXPECT_FALSE(parse_leap_list(""));
}

TEST(LeapTable, TheSystemsListAndZoneAgree) {
  const auto text = read_file("/usr/share/zoneinfo/leap-seconds.list");
  const auto zone = read_file("/usr/share/zoneinfo/right/UTC");
  if (text.empty() || zone.empty()) GTEST_SKIP() << "no leap files on this machine";
  const auto a = parse_leap_list(text);
  const auto b = parse_leap_zone(std::as_bytes(std::span{zone}));
  ASSERT_TRUE(a) << a.error().message;
  ASSERT_TRUE(b) << b.error().message;
  ASSERT_EQ(a->count, b->count);
  for (std::size_t i = 0; i < a->count; ++i) EXPECT_EQ(a->all[i], b->all[i]) << i;
  EXPECT_EQ(a->tai_at({1'483'228'800s}), 37);
  EXPECT_EQ(a->tai_at({1'483'228'799s}), 36);
}

TEST(LeapTable, EveryCutOfAZoneFileIsRefused) {
  const auto zone = read_file("/usr/share/zoneinfo/right/UTC");
  if (zone.empty()) GTEST_SKIP() << "no zone files on this machine";
  // The text after the second block is not looked at.
  const std::size_t tail = zone.size() - zone.rfind('\n', zone.size() - 2);
  for (std::size_t size = 0; size < zone.size() - tail; ++size) {
    EXPECT_FALSE(parse_leap_zone(std::as_bytes(std::span{zone}).first(size))) << size;
  }
}

}  // namespace
}  // namespace ntp
