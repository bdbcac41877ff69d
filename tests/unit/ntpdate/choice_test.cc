// Which server ntpdate believes, and why the others not.
#include "ntpdate/choice.h"

#include <gtest/gtest.h>

#include <vector>

namespace ntp::ntpdate {
namespace {

Asked server(std::uint32_t address, std::uint8_t stratum, Nanos offset, Nanos delay = 1ms) {
  Asked asked{.server = {ipv4_address(address), 123}, .sent = 1, .kept = 1, .answered = true};
  asked.samples[0] = {.offset = offset, .delay = delay};
  asked.header = {.leap = Leap::none, .mode = Mode::server, .stratum = stratum};
  asked.header.transmit = to_wire(UtcTime{Nanos{1'795'000'000s}});
  asked.header.reference = to_wire(UtcTime{Nanos{1'794'999'900s}});
  return asked;
}

TEST(Choice, TheSampleOfLeastDelaySpeaksForItsServer) {
  Asked asked = server(1, 2, 5ms, 9ms);
  asked.sent = asked.kept = 3;
  asked.samples[1] = {.offset = 1ms, .delay = 2ms};
  asked.samples[2] = {.offset = 3ms, .delay = 4ms};
  const Summary summary = summarise(asked);
  EXPECT_EQ(summary.offset, 1ms);
  EXPECT_EQ(summary.delay, 2ms);
  EXPECT_EQ(summary.dispersion, 2ms / 2 + 4ms / 4);  // 3 ms and 5 ms away from it
}

TEST(Choice, ALostSampleShowsInTheDispersion) {
  Asked asked = server(1, 2, 5ms);
  asked.sent = 2;
  EXPECT_EQ(summarise(asked).dispersion, 32s);
}

TEST(Choice, OneServerIsEnough) {
  const std::vector servers{server(1, 3, 1s)};
  EXPECT_EQ(choose(servers), 0u);
}

TEST(Choice, TheLowerStratumWinsAmongThoseThatAgree) {
  const std::vector servers{server(1, 3, 1ms), server(2, 2, 2ms, 50ms), server(3, 3, 1ms)};
  EXPECT_EQ(choose(servers), 1u);
}

TEST(Choice, AFalsetickerOfStratumOneIsOutvoted) {
  const std::vector servers{server(1, 1, 10s), server(2, 2, 1ms), server(3, 2, 2ms)};
  EXPECT_EQ(choose(servers), 1u);
}

TEST(Choice, TwoThatDisagreeGiveNoMajority) {
  const std::vector servers{server(1, 1, 10s), server(2, 2, 1ms)};
  EXPECT_EQ(choose(servers).error(), NoChoice::no_majority);
}

TEST(Choice, AServerOutsideTheMajoritysRegionIsNotChosenHoweverNear) {
  const std::vector servers{server(1, 2, 0ms, 30ms), server(2, 2, 5ms, 30ms),
                            server(3, 1, 500ms, 1us)};
  EXPECT_EQ(choose(servers), 0u);
}

TEST(Choice, EveryReasonToDropAServerHasItsCase) {
  EXPECT_EQ(examine(server(1, 2, 0s)), Drop::kept);
  Asked silent = server(1, 2, 0s);
  silent.answered = false;
  silent.kept = 0;
  EXPECT_EQ(examine(silent), Drop::no_data);
  silent.untrusted = true;
  EXPECT_EQ(examine(silent), Drop::untrusted);
  EXPECT_EQ(examine(server(1, 16, 0s)), Drop::strata_too_high);
  EXPECT_EQ(examine(server(1, 0, 0s)), Drop::strata_too_high);
  EXPECT_EQ(examine(server(1, 2, 0s, 9s)), Drop::too_far_away);
  Asked alarmed = server(1, 2, 0s);
  alarmed.header.leap = Leap::unsynchronised;
  EXPECT_EQ(examine(alarmed), Drop::leap_alarm);
  Asked broken = server(1, 2, 0s);
  broken.header.reference = to_wire(UtcTime{Nanos{1'795'000'001s}});
  EXPECT_EQ(examine(broken), Drop::broken);
  Asked stale = server(1, 2, 0s);
  stale.header.reference = to_wire(UtcTime{Nanos{1'795'000'000s} - 24h});
  EXPECT_EQ(examine(stale), Drop::too_long_without_sync);
}

TEST(Choice, NobodyUsableIsSaidAsSuch) {
  const std::vector servers{server(1, 16, 0s)};
  EXPECT_EQ(choose(servers).error(), NoChoice::nothing_usable);
}

}  // namespace
}  // namespace ntp::ntpdate
