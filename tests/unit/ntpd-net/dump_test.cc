// Measurements as a text: what is written is read back, and nothing else is believed.
#include "ntpd-net/dump.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

constexpr RawTime now{5000s};
const RawIdentity clock_here{"some-boot tsc 0", 1'700'000'000s};

Sample sample_at(int second) {
  const RawTime sent{std::chrono::seconds{second}};
  const UtcTime there{1'800'000'000s + std::chrono::seconds{second}};
  return {.sent = sent,
          .server_received = there,
          .server_sent = there + 20us,
          .received = sent + 1ms,
          .root_delay = 3ms,
          .root_dispersion = 2ms,
          .precision = Nanos{70},
          .leap = Leap::insert,
          .stratum = 3};
}

std::vector<DumpedSource> two_sources() {
  return {
      {.address = *parse_address("192.0.2.1"),
       .reachability = 0xff,
       .samples = {sample_at(10), sample_at(26), sample_at(42)}},
      {.address = *parse_address("2001:db8::1"), .reachability = 3, .samples = {sample_at(12)}}};
}

bool is_refused(const std::string& text) { return !parse_dump(text, clock_here, now).has_value(); }

const std::string head = "meridian-dump-1 1700000000000000000 some-boot tsc 0\n";

std::string with(const std::string& line) { return head + "source 192.0.2.1 255\n" + line; }
const std::string good =
    "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3\n";

TEST(Dump, WhatIsWrittenIsReadBack) {
  const auto back = parse_dump(dump_text(clock_here, two_sources()), clock_here, now);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ((*back)[0].address, *parse_address("192.0.2.1"));
  EXPECT_EQ((*back)[0].reachability, 0xff);
  ASSERT_EQ((*back)[0].samples.size(), 3u);
  const Sample& last = (*back)[0].samples[2];
  const Sample want = sample_at(42);
  EXPECT_EQ(last.sent, want.sent);
  EXPECT_EQ(last.server_received, want.server_received);
  EXPECT_EQ(last.server_sent, want.server_sent);
  EXPECT_EQ(last.received, want.received);
  EXPECT_EQ(last.root_delay, want.root_delay);
  EXPECT_EQ(last.root_dispersion, want.root_dispersion);
  EXPECT_EQ(last.precision, want.precision);
  EXPECT_EQ(last.leap, want.leap);
  EXPECT_EQ(last.stratum, want.stratum);
  EXPECT_EQ((*back)[1].address, *parse_address("2001:db8::1"));
}

TEST(Dump, AReferenceClockIsKnownByItsRefidAndMayBeOfStratum0) {
  Sample sample = sample_at(10);
  sample.stratum = 0;
  std::swap(sample.sent, sample.received);  // a draw of noise below zero
  const std::vector<DumpedSource> clock = {{.refid = 0x47505300, .samples = {sample}}};
  const std::string text = dump_text(clock_here, clock);
  EXPECT_NE(text.find("\nsource refid:47505300 0\n"), text.npos) << text;
  const auto back = parse_dump(text, clock_here, now);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ((*back)[0].refid, 0x47505300u);
  EXPECT_EQ((*back)[0].samples[0].stratum, 0);
  for (const char* wrong : {"refid:", "refid:475053", "refid:4750530g", "refid:047505300",
                            "refid:+7505300", "refid:4750530a"})
    EXPECT_TRUE(is_refused(head + "source " + wrong + " 0\n")) << wrong;
}

TEST(Dump, AnotherBootAClockThatSleptAndAnotherClocksourceAreOtherClocks) {
  const std::string text = dump_text(clock_here, two_sources());
  for (const char* other : {"other-boot tsc 0", "some-boot tsc 7", "some-boot hpet 0", ""})
    EXPECT_FALSE(parse_dump(text, {other, clock_here.started}, now).has_value()) << other;
}

TEST(Dump, AMachineThatWasStartedAnewShowsEvenWhereItsBootIsNotKnown) {
  const std::string text = dump_text({"", 1000s}, two_sources());
  EXPECT_TRUE(parse_dump(text, {"", 1000s + 900ms}, now).has_value());
  EXPECT_FALSE(parse_dump(text, {"", 1002s}, now).has_value());
  EXPECT_FALSE(parse_dump(text, {"", 998s}, now).has_value());
}

TEST(Dump, ASampleLaterThanNowIsWrong) {
  EXPECT_FALSE(is_refused(with(good)));
  EXPECT_FALSE(parse_dump(with(good), clock_here, RawTime{10001ms}).has_value() == false);
  EXPECT_FALSE(parse_dump(with(good), clock_here, RawTime{10000ms}).has_value());
}

// Each number of the line that is good, made wrong alone.
TEST(Dump, WhatNoAnswerCouldHaveMadeIsWrong) {
  const std::array<const char*, 14> wrong = {
      "10001000001 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3\n",
      "0 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3\n",
      "-1 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3\n",
      "10000000000 900000000000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3\n",
      "10000000000 1800000010000000000 1800000015000020000 10001000000 3000000 2000000 70 1 3\n",
      "10000000000 1800000010000000000 9223372036854775807 10001000000 3000000 2000000 70 1 3\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 17000000000 0 70 1 3\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 0 17000000000 70 1 3\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 0 1 3\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 3 3\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 0\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 16\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1\n",
      "10000000000 1800000010000000000 1800000010000020000 10001000000 3000000 2000000 70 1 3 4\n",
  };
  for (const char* line : wrong) EXPECT_TRUE(is_refused(with(line))) << line;
}

TEST(Dump, SamplesOutOfOrderTooManyOrOfNoSourceAreWrong) {
  EXPECT_TRUE(is_refused(with(good + good)));
  EXPECT_TRUE(is_refused(head + good));
  std::vector<DumpedSource> many = two_sources();
  many[0].samples.clear();
  for (int i = 0; i <= static_cast<int>(most_kept); ++i)
    many[0].samples.push_back(sample_at(i + 1));
  EXPECT_TRUE(is_refused(dump_text(clock_here, many)));
  many[0].samples.pop_back();
  EXPECT_FALSE(is_refused(dump_text(clock_here, many)));
}

TEST(Dump, GarbageAHalfLineAndAnotherVersionAreWrong) {
  for (const char* text : {"", "meridian-dump-1", "meridian-dump-2 some-boot tsc 0\n", "\n\n\n"})
    EXPECT_TRUE(is_refused(text)) << text;
  EXPECT_TRUE(is_refused(with(good.substr(0, good.size() - 1))));
  EXPECT_TRUE(is_refused(with("source 192.0.2.1\n")));
  EXPECT_TRUE(is_refused(with("source nobody 255\n")));
  EXPECT_TRUE(is_refused(with("source 192.0.2.1 256\n")));
}

TEST(Dump, NeverGrowsBeyondItsRoom) {
  std::vector<DumpedSource> many(64, two_sources()[0]);
  for (DumpedSource& each : many) {
    each.samples.clear();
    for (std::size_t i = 0; i < 200; ++i) each.samples.push_back(sample_at(static_cast<int>(i)));
  }
  EXPECT_LE(dump_text(clock_here, many).size(), most_dump);
}

}  // namespace
}  // namespace ntp
