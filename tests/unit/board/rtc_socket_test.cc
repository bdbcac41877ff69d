// The words that rtcd and its callers exchange: whole and exact, or not believed.
#include "common/board/rtc_socket.h"

#include <gtest/gtest.h>

namespace ntp {
namespace {

const RtcReply known{.answer = RtcAnswer::tracking,
                     .tracking = {.reference = {1'795'000'000s},
                                  .fast = -250ms,
                                  .gain = ppm(-37.25),
                                  .samples = 64,
                                  .runs = 31,
                                  .span = 11h},
                     .refused = {.low_battery = 1, .too_old = 2, .before_saved = 3, .too_far = 4}};

TEST(RtcSocket, AReplyComesBackAsItWent) {
  const auto back = decode_rtc_reply(encode(known));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->answer, known.answer);
  EXPECT_EQ(back->tracking.reference, known.tracking.reference);
  EXPECT_EQ(back->tracking.fast, known.tracking.fast);
  EXPECT_NEAR(back->tracking.gain.ppm(), -37.25, 1e-6);
  EXPECT_EQ(back->tracking.samples, 64u);
  EXPECT_EQ(back->tracking.runs, 31u);
  EXPECT_EQ(back->tracking.span, 11h);
  EXPECT_EQ(back->refused, known.refused);
  EXPECT_EQ(decode_rtc_operation(encode(RtcOperation::trim)), RtcOperation::trim);
}

TEST(RtcSocket, EveryOtherSizeKindOrCodeIsRefused) {
  const RtcMessage whole = encode(known);
  EXPECT_FALSE(decode_rtc_reply(Octets{whole}.first(63)));
  EXPECT_FALSE(decode_rtc_operation(whole));  // a reply is no request
  EXPECT_FALSE(decode_rtc_reply(encode(RtcOperation::observe)));
  RtcMessage request = encode(RtcOperation::observe);
  request[63] = std::byte{1};
  EXPECT_FALSE(decode_rtc_operation(request));  // refuses nothing
  const auto is_taken_with = [&](std::size_t at, int value) {
    RtcMessage changed = whole;
    changed[at] = std::byte(value);
    return decode_rtc_reply(changed).has_value();
  };
  EXPECT_TRUE(is_taken_with(5, 1));
  EXPECT_FALSE(is_taken_with(0, 'X'));
  EXPECT_FALSE(is_taken_with(5, 0));
  EXPECT_FALSE(is_taken_with(5, 7));
  EXPECT_FALSE(is_taken_with(6, 1));  // reserved
}

}  // namespace
}  // namespace ntp
