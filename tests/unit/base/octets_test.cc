// Claims of common/base/octets.h that hold for any integers: what is written is read back in
// network order, and neither cursor passes its end.
#include "common/base/octets.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace ntp {
namespace {

RC_GTEST_PROP(OctetsProperty, IntegersOfEveryWidthComeBackAsTheyWent,
              (std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d)) {
  std::array<std::byte, 15> room{};
  Writer out{room};
  out.put(a);
  out.put(b);
  out.put(c);
  out.put(d);
  RC_ASSERT(out.remaining() == 0u);
  Cursor in{out.written()};
  RC_ASSERT(in.take<std::uint8_t>() == a);
  RC_ASSERT(in.take<std::uint16_t>() == b);
  RC_ASSERT(in.take<std::uint32_t>() == c);
  RC_ASSERT(in.take<std::uint64_t>() == d);
}

RC_GTEST_PROP(OctetsProperty, TheMostSignificantOctetIsFirst, (std::uint64_t value)) {
  std::array<std::byte, 8> room{};
  Writer out{room};
  out.put(value);
  std::uint64_t sum = 0;
  for (const std::byte octet : room) sum = sum << 8 | std::to_integer<std::uint64_t>(octet);
  RC_ASSERT(sum == value);
}

TEST(Writer, PastTheEndIsOurOwnMistake) {
  std::array<std::byte, 3> room{};
  Writer out{room};
  EXPECT_DEATH(out.put<std::uint32_t>(1), "internal error");
  EXPECT_DEATH(out.zero(4), "internal error");
}

TEST(Cursor, SkipAndRestAgree) {
  const std::array<std::byte, 4> octets{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  Cursor in{octets};
  in.skip(3);
  ASSERT_EQ(in.rest().size(), 1u);
  EXPECT_EQ(in.rest()[0], std::byte{4});
}

}  // namespace
}  // namespace ntp
