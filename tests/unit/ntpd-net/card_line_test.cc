// What a network card's stamps mean in raw time, and how little is believed of them.
#include "ntpd-net/card_line.h"

#include <gtest/gtest.h>

#include <linux/net_tstamp.h>

#include "ntpd-net/card_opening.h"
#include "ntpd-net/server_stamps.h"
#include "ntpd-net/stamping.h"

namespace ntp {
namespace {

constexpr Nanos card_zero = 1'000'000s;

// A card that is `fast` against the raw clock.
CardReading reading(Nanos raw, Rate fast = ppm(50), Nanos off = Nanos{0}) {
  return {{raw}, card_zero + raw + fast * raw + off};
}

CardLine line_of(int readings, HardwareTimestamp settings = {}) {
  CardLine line{settings};
  for (int i = 0; i < readings; ++i) line.take(reading(100s + i * 1s));
  return line;
}

TEST(CardLine, AStampBetweenReadingsIsTheRawTimeOfThatMoment) {
  const auto map = line_of(8).map();
  ASSERT_TRUE(map);
  const Nanos moment = 107s - 345ms;
  const CardTime left = map->departure({reading(moment).card, 1, 0});
  EXPECT_NEAR(static_cast<double>((left.stamped.since_zero - moment).count()), 0, 3);
  EXPECT_NEAR(map->rate.ppm(), -50, 0.01);
}

TEST(CardLine, BeforeMinsamplesReadingsThereIsNone) {
  EXPECT_FALSE(line_of(1).map());
  EXPECT_TRUE(line_of(2).map());
  const HardwareTimestamp five{.minsamples = 5};
  EXPECT_FALSE(line_of(4, five).map());
  EXPECT_TRUE(line_of(5, five).map());
}

TEST(CardLine, MaxsamplesIsHowManyAreKept) {
  EXPECT_EQ(line_of(40).size(), 16u);
  EXPECT_EQ(line_of(40, {.maxsamples = 4}).size(), 4u);
}

TEST(CardLine, ANewRateOfTheCardLeavesMinsamplesOfTheOldReadings) {
  const HardwareTimestamp settings{.minsamples = 3};
  CardLine line = line_of(10, settings);
  line.take(reading(110s, ppm(50), 5us));
  EXPECT_EQ(line.size(), 3u);
  CardLine patient = line_of(10, {.minsamples = 3, .precision = 10us});
  patient.take(reading(110s, ppm(50), 5us));  // `precision`: that is its noise
  EXPECT_EQ(patient.size(), 11u);
}

TEST(CardLine, ACardThatWasSetBeginsAnew) {
  CardLine line = line_of(10);
  line.take(reading(110s, ppm(50), 1s));
  EXPECT_EQ(line.size(), 1u);
  EXPECT_FALSE(line.map());
}

TEST(CardMap, AReceivedFrameHasComeWhenItsLastOctetHas) {
  const CardMap map{.megabits = 1000, .receive_correction = 30ns};
  EXPECT_EQ(map.arrival({1s, 1, 90}).correction, 752ns - 30ns);  // (90 + 4) * 8 bits
  EXPECT_EQ(map.arrival({1s, 1, 0}).correction, -30ns);          // a length that nobody told
  EXPECT_EQ((CardMap{.transmit_correction = 40ns}.departure({1s, 1, 90}).correction), 40ns);
  EXPECT_EQ((CardMap{}.arrival({1s, 1, 90}).correction), 0ns);  // a speed that is not known
}

TEST(CardPage, WhatIsWrittenIsReadBackAndNonsenseIsBroughtIntoRange) {
  CardPage page;
  NewestCards cards;
  cards.refresh(page);
  EXPECT_EQ(cards.of(3), nullptr);
  const std::array maps{CardMap{.interface = 3,
                                .megabits = 10,
                                .raw = {123s},
                                .card = 456s,
                                .rate = ppm(-12.5),
                                .transmit_correction = 7ns,
                                .receive_correction = -8ns},
                        CardMap{.interface = 9,
                                .raw = {-5s},
                                .card = Nanos::min(),
                                .rate = {4.5},
                                .transmit_correction = Nanos::max()}};
  write_cards(page, maps);
  cards.refresh(page);
  ASSERT_NE(cards.of(3), nullptr);
  EXPECT_EQ(cards.of(3)->megabits, 10u);
  EXPECT_EQ(cards.of(3)->raw, (RawTime{123s}));
  EXPECT_EQ(cards.of(3)->card, 456s);
  EXPECT_NEAR(cards.of(3)->rate.ppm(), -12.5, 1e-9);
  EXPECT_EQ(cards.of(3)->transmit_correction, 7ns);
  EXPECT_EQ(cards.of(3)->receive_correction, -8ns);
  ASSERT_NE(cards.of(9), nullptr);
  EXPECT_GE(cards.of(9)->card, Nanos{0});
  EXPECT_LE(cards.of(9)->transmit_correction, 1s);
  EXPECT_LE(std::abs(cards.of(9)->rate.fraction), 0.1);
  EXPECT_EQ(cards.of(4), nullptr);
}

TEST(Cards, WhatTheSupervisorFoundTravelsAsOneArgument) {
  const std::vector<CardAbout> cards{{2, 0, 1000}, {17, 3, 0}};
  EXPECT_EQ(to_argument(cards), "2/0/1000,17/3/0");
  EXPECT_EQ(cards_of(to_argument(cards)), cards);
  EXPECT_EQ(cards_of("2/0,x/1/1,,17/3/0"), (std::vector<CardAbout>{{17, 3, 0}}));
}

class FakeClocks final : public Clocks {
 public:
  Reading read() override { return {{now}, {now + 5000s}, Nanos{50}}; }
  RawTime raw_now() override { return {now}; }
  MonotonicTime monotonic_now() override { return {now}; }
  Nanos now = 100s;
};

TEST(Cards, MaxpollSaysWhenTheyAreReadThoughNoStampComes) {
  for (const auto& [settings, wait] :
       {std::pair{HardwareTimestamp{}, Nanos{2s}},
        {HardwareTimestamp{.minpoll = 2}, Nanos{8s}},
        {HardwareTimestamp{.minpoll = 0, .maxpoll = 5}, Nanos{32s}}}) {
    std::vector<Fd> devices;
    devices.emplace_back();
    const std::array about{CardAbout{2, 0, 0}};
    Cards cards{std::move(devices), about, {settings}};
    FakeClocks clocks;
    Stamping stamping;
    ASSERT_LE(cards.due(), clocks.monotonic_now());
    cards.read_due(clocks, stamping, nullptr);
    EXPECT_EQ(cards.due() - clocks.monotonic_now(), wait);
  }
}

TEST(Stamping, ACardIsBelievedInsideTheExchangeAndNearTheKernel) {
  Stamping stamping;
  stamping.look({{100s}, {5000s}, Nanos{50}});
  const SystemTime kernel{5000s - 10us};
  const auto choose = [&](Nanos stamped, Nanos correction = Nanos{0}) {
    return stamping.choose(kernel, {100s - 1ms}, {100s}, CardTime{{stamped}, correction});
  };
  EXPECT_EQ(choose(100s - 40us).kind, StampKind::hardware);
  EXPECT_EQ(choose(100s - 40us).at, (RawTime{100s - 40us}));
  EXPECT_EQ(choose(100s - 40us, 5us).at, (RawTime{100s - 35us}));
  EXPECT_EQ(choose(100s - 1ms - 10us).kind, StampKind::kernel);  // before we asked
  EXPECT_EQ(choose(100s + 10us).kind, StampKind::kernel);        // not yet
  EXPECT_EQ(choose(100s + 10us).at, (RawTime{100s - 10us}));
  const RawTime long_ago{1s};
  EXPECT_FALSE(stamping.judge_card(CardTime{{99s}}, RawTime{100s - 10us}, long_ago));
  EXPECT_TRUE(stamping.judge_card(CardTime{{99s}}, std::nullopt, long_ago));
}

TEST(ServerStamps, TheCardBeforeTheKernelBeforeOurselves) {
  CardPage page;
  const std::array maps{CardMap{.interface = 3, .raw = {100s}, .card = card_zero}};
  write_cards(page, maps);
  NewestCards cards;
  cards.refresh(page);
  Serving serving{.now = {{100s}, {5000s}, {}}, .system_rate = ppm(100)};
  const CardStamp by_card{card_zero - 1ms, 3, 0};
  const auto arrival = [&](std::optional<SystemTime> kernel, std::optional<CardStamp> stamp) {
    return stamp_arrival(kernel, stamp, cards, serving);
  };
  EXPECT_EQ(arrival(SystemTime{5000s - 1us}, by_card).by, Count::card_receive_stamps);
  EXPECT_EQ(arrival(SystemTime{5000s - 1us}, by_card).at, (SystemTime{5000s - 1ms - 100ns}));
  EXPECT_EQ(arrival(SystemTime{5000s - 1us}, CardStamp{card_zero + 1ms, 3, 0}).by,
            Count::kernel_receive_stamps);  // of the future
  EXPECT_EQ(arrival(SystemTime{5000s - 1us}, CardStamp{card_zero - 1ms, 4, 0}).by,
            Count::kernel_receive_stamps);  // of a card that is not ours
  EXPECT_EQ(arrival(std::nullopt, std::nullopt).by, Count::daemon_receive_stamps);
  EXPECT_EQ(stamp_departure({.card_stamp = by_card}, cards, serving)->by,
            Count::card_transmit_stamps);
  EXPECT_EQ(stamp_departure({.stamp = {5000s - 1us}}, cards, serving)->by,
            Count::kernel_transmit_stamps);
  EXPECT_FALSE(stamp_departure({.card_stamp = CardStamp{card_zero - 1ms, 4, 0}}, cards, serving));
}

constexpr unsigned bit(int filter) { return 1u << filter; }

TEST(CardFilter, TheNarrowestThatTakesNtpUnlessTheOperatorSays) {
  const unsigned all = bit(HWTSTAMP_FILTER_NONE) | bit(HWTSTAMP_FILTER_ALL) |
                       bit(HWTSTAMP_FILTER_NTP_ALL) | bit(HWTSTAMP_FILTER_PTP_V2_EVENT);
  EXPECT_EQ(choose_filter(ReceiveFilter::unset, all), HWTSTAMP_FILTER_NTP_ALL);
  EXPECT_EQ(choose_filter(ReceiveFilter::unset, all & ~bit(HWTSTAMP_FILTER_NTP_ALL)),
            HWTSTAMP_FILTER_ALL);
  EXPECT_EQ(choose_filter(ReceiveFilter::ntp, all), HWTSTAMP_FILTER_NTP_ALL);
  EXPECT_EQ(choose_filter(ReceiveFilter::all, all), HWTSTAMP_FILTER_ALL);
  EXPECT_EQ(choose_filter(ReceiveFilter::ptp, all), HWTSTAMP_FILTER_PTP_V2_EVENT);
  EXPECT_EQ(choose_filter(ReceiveFilter::none, all), std::nullopt);
  EXPECT_EQ(choose_filter(ReceiveFilter::unset, bit(HWTSTAMP_FILTER_PTP_V2_EVENT)), std::nullopt);
}

}  // namespace
}  // namespace ntp
