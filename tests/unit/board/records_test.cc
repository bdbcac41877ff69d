// Records and messages as words: round trips, and every wrong form refused.
#include <gtest/gtest.h>

#include <random>

#include "common/board/clock_socket.h"
#include "common/board/estimate_board.h"
#include "common/board/refusal.h"
#include "common/board/status_board.h"

namespace ntp {
namespace {

TEST(Records, RandomWordsNeverDecodeToAnythingThatDoesNotEncodeBack) {
  std::mt19937_64 random{1};
  int decoded = 0;
  for (int i = 0; i < 100'000; ++i) {
    Words<16> words;
    for (auto& word : words) word = random();
    words[0] = Layout<EstimateRecord>::magic;
    words[1] = board_version;
    words[7] %= 100'000'000'000'000;  // 0.1, the most that anybody believes
    words[9] %= 100'000'000'000'000;
    words[14] &= i % 3 == 0 ? 0xffffff : 0xffff03;
    const auto record = Layout<EstimateRecord>::decode(words);
    if (!record) continue;
    ++decoded;
    EXPECT_EQ(Layout<EstimateRecord>::encode(*record), words);
  }
  EXPECT_GT(decoded, 10'000);
}

TEST(Records, EveryReservedBitAndEnumIsChecked) {
  const auto good =
      Layout<EstimateRecord>::encode({.session = 1, .sequence = 1, .stratum = 2, .sources = 1});
  ASSERT_TRUE(Layout<EstimateRecord>::decode(good));
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::size_t word : {std::size_t{0}, std::size_t{1}}) {
      auto wrong = good;
      wrong[word] ^= UINT64_C(1) << bit;
      EXPECT_FALSE(Layout<EstimateRecord>::decode(wrong)) << word << " " << bit;
    }
    auto wrong = good;
    wrong[14] = UINT64_C(1) << bit;
    const bool is_used = bit < 2 || (bit >= 8 && bit < 24);
    EXPECT_EQ(Layout<EstimateRecord>::decode(wrong).has_value(), is_used) << bit;
  }
}

TEST(Records, RatesSaturateAndNaNBecomesZero) {
  EXPECT_EQ(rate_to_e15({1e9}), INT64_C(9000000000000000000));
  EXPECT_EQ(rate_to_e15({-1e9}), INT64_C(-9000000000000000000));
  EXPECT_EQ(rate_to_e15({std::nan("")}), 0);
  EXPECT_EQ(rate_to_e15(ppm(-1)), -1'000'000'000);
}

TEST(Records, AStatusArrivesWhole) {
  StatusRecord status{.generation = 9,
                      .accepted = 5,
                      .state = ClockState::holdover,
                      .dry_run = true,
                      .leap = Leap::insert,
                      .read_at = {5s},
                      .error = -3us,
                      .bound = 1ms,
                      .base_rate = ppm(-20),
                      .learnt_rate = ppm(-21),
                      .last_step_at = {3s},
                      .last_step = -2s,
                      .steps = 1,
                      .last_accepted_sequence = 4,
                      .budget_left = 1s};
  for (std::size_t i = 0; i < refusal_kinds; ++i) status.refusals[i] = i * i;
  const auto words = Layout<StatusRecord>::encode(status);
  const auto back = Layout<StatusRecord>::decode(words);
  ASSERT_TRUE(back);
  EXPECT_EQ(Layout<StatusRecord>::encode(*back), words);
  EXPECT_EQ(back->refusals[31], 961u);
  EXPECT_EQ(back->error, Nanos{-3us});
  auto wrong = words;
  wrong[2] = 4;
  EXPECT_FALSE(Layout<StatusRecord>::decode(wrong));
  wrong = words;
  wrong[17] = 1;
  EXPECT_FALSE(Layout<StatusRecord>::decode(wrong));
}

TEST(Records, EveryRefusalHasItsOwnName) {
  for (int i = 0; i < refusals; ++i) {
    const auto mine = name(Refusal{static_cast<std::uint8_t>(i)});
    EXPECT_FALSE(mine.empty());
    for (int k = 0; k < i; ++k) EXPECT_NE(mine, name(Refusal{static_cast<std::uint8_t>(k)}));
  }
}

TEST(Messages, RequestsAndRepliesComeBack) {
  for (std::uint8_t i = 1; i <= 8; ++i) {
    const auto message = encode(ClockRequest{ClockOperation{i}, -5, INT64_MAX});
    const auto back = decode_request(message);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->operation, ClockOperation{i});
    EXPECT_EQ(back->first, -5);
    EXPECT_EQ(back->second, INT64_MAX);
    EXPECT_FALSE(decode_reply(message));
  }
  const auto reply = decode_reply(encode(ClockReply{ClockAnswer::dry_run, -7}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->answer, ClockAnswer::dry_run);
  EXPECT_EQ(reply->first, -7);
}

TEST(Messages, EveryOtherFormIsRefused) {
  const auto good = encode(ClockRequest{ClockOperation::observe});
  ASSERT_TRUE(decode_request(good));
  EXPECT_FALSE(decode_request(Octets{good}.first(31)));
  EXPECT_FALSE(decode_request({}));
  std::array<std::byte, 33> longer{};
  std::copy(good.begin(), good.end(), longer.begin());
  EXPECT_FALSE(decode_request(longer));
  for (const std::size_t at : {0, 1, 2, 3, 4, 6, 7, 24, 31}) {
    auto wrong = good;
    wrong[at] ^= std::byte{0x40};
    EXPECT_FALSE(decode_request(wrong)) << at;
  }
  for (const int operation : {0, 10, 255}) {
    auto wrong = good;
    wrong[5] = static_cast<std::byte>(operation);
    EXPECT_FALSE(decode_request(wrong)) << operation;
  }
}

}  // namespace
}  // namespace ntp
