// Descriptors beside octets: what comes, what has no room, and that nothing stays open unseen.
#include "common/base/fd_message.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <iterator>

namespace ntp {
namespace {

class FdMessageTest : public testing::Test {
 protected:
  FdMessageTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    here_ = Fd{ends[0]};
    there_ = Fd{ends[1]};
    for (Fd& file : files_) file = Fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  }
  static std::size_t open_fds() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}));
  }
  FdMessage receive(std::span<Fd> fds) { return receive_with_fds(there_, octets_, fds); }

  Fd here_, there_;
  std::array<Fd, 3> files_;
  std::array<std::byte, 4> octets_{};
  static constexpr std::array word{std::byte{1}, std::byte{2}, std::byte{3}};
};

TEST_F(FdMessageTest, OctetsAndDescriptorsArriveInOrderAndClosedOnExec) {
  const std::array numbers{files_[0].number(), here_.number()};
  ASSERT_EQ(send_with_fds(here_, word, numbers), 3);
  std::array<Fd, 2> came;
  const FdMessage message = receive(came);
  EXPECT_EQ(message.size, 3);
  EXPECT_EQ(message.fds, 2u);
  EXPECT_FALSE(message.is_cut);
  EXPECT_EQ(octets_[2], std::byte{3});
  struct stat first {
  }, second{};
  ASSERT_EQ(::fstat(came[0].number(), &first), 0);
  ASSERT_EQ(::fstat(came[1].number(), &second), 0);
  EXPECT_TRUE(S_ISCHR(first.st_mode));
  EXPECT_TRUE(S_ISSOCK(second.st_mode));
  EXPECT_EQ(::fcntl(came[0].number(), F_GETFD), FD_CLOEXEC);
}

TEST_F(FdMessageTest, WithoutADescriptorOneIsNotSent) {
  ASSERT_EQ(send_with_fd(here_, word, -1), 3);
  std::array<Fd, 1> came;
  const FdMessage message = receive(came);
  EXPECT_EQ(message.size, 3);
  EXPECT_EQ(message.fds, 0u);
  EXPECT_FALSE(came[0].is_open());
}

TEST_F(FdMessageTest, WhatHasNoRoomIsCutAndStaysNowhere) {
  const std::array numbers{files_[0].number(), files_[1].number(), files_[2].number()};
  const std::size_t before = open_fds();
  for (std::size_t room = 0; room < 3; ++room) {
    ASSERT_EQ(send_with_fds(here_, word, numbers), 3);
    std::array<Fd, 3> came;
    const FdMessage message = receive(std::span{came}.first(room));
    EXPECT_EQ(message.fds, room);
    EXPECT_TRUE(message.is_cut);
    EXPECT_EQ(open_fds(), before + room);
  }
  EXPECT_EQ(open_fds(), before);
}

TEST_F(FdMessageTest, ALongMessageIsCutAndAClosedSocketSaysSo) {
  const std::array<std::byte, 5> longer{};
  ASSERT_EQ(send_with_fd(here_, longer, -1), 5);
  EXPECT_TRUE(receive({}).is_cut);
  here_.reset();
  EXPECT_EQ(receive({}).size, 0);
  EXPECT_LT(send_with_fd(there_, word, -1), 0);
}

TEST_F(FdMessageTest, NoSignalComesOfAClosedStream) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd here{ends[0]};
  Fd{ends[1]}.reset();
  EXPECT_LT(send_with_fd(here, word, -1), 0);
}

}  // namespace
}  // namespace ntp
