// Claims of common/base/fd.h: a descriptor has one owner and is closed once. The only test of
// this room that opens something: pipes, which vanish with the test.
#include "common/base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace ntp {
namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }

std::array<int, 2> open_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  return ends;
}

TEST(Fd, ClosesWhatItOwnsWhenItEnds) {
  const auto [out, in] = open_pipe();
  {
    const Fd owner{out};
    const Fd other{in};
    EXPECT_TRUE(is_open(out));
  }
  EXPECT_FALSE(is_open(out));
  EXPECT_FALSE(is_open(in));
}

TEST(Fd, AMoveLeavesTheOldOwnerEmpty) {
  const auto [out, in] = open_pipe();
  Fd first{out};
  const Fd keeper{in};
  Fd second{std::move(first)};
  EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is the claim
  EXPECT_EQ(second.number(), out);
  first.reset();
  EXPECT_TRUE(is_open(out));
}

TEST(Fd, AnAssignmentClosesWhatWasThereBefore) {
  const auto [out, in] = open_pipe();
  Fd target{out};
  target = Fd{in};
  EXPECT_FALSE(is_open(out));
  EXPECT_EQ(target.number(), in);
}

TEST(Fd, AnAssignmentToItselfKeepsTheDescriptor) {
  const auto [out, in] = open_pipe();
  Fd owner{out};
  const Fd keeper{in};
  Fd& same = owner;
  owner = std::move(same);
  EXPECT_EQ(owner.number(), out);
  EXPECT_TRUE(is_open(out));
}

TEST(Fd, AReleasedDescriptorStaysOpen) {
  const auto [out, in] = open_pipe();
  const Fd keeper{in};
  int number = -1;
  {
    Fd owner{out};
    number = owner.release();
    EXPECT_FALSE(owner.is_open());
  }
  EXPECT_TRUE(is_open(number));
  const Fd again{number};
}

}  // namespace
}  // namespace ntp
