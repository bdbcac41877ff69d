// What survives a power cut: torn and flipped slots cost one save, never an invented time.
#include "rtcd/store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <string>

namespace ntp::rtcd {
namespace {

class StoreTest : public testing::Test {
 protected:
  StoreTest() : path_{testing::TempDir() + "rtcd-store-" + std::to_string(::getpid())} {
    ::unlink(path_.c_str());
  }
  ~StoreTest() override { ::unlink(path_.c_str()); }

  static Memory at(int second) {
    return {.saved = {std::chrono::seconds{second}},
            .boot = 42,
            .phase = 0ms,
            .line = RtcLine{.reference = {7s}, .error = -3ms, .rate = {-37'000'000'000 * 1e-15}}};
  }
  std::string path_;
};

TEST_F(StoreTest, TheNewestSaveIsFoundAgain) {
  {
    auto store = Store::open(path_);
    ASSERT_TRUE(store);
    EXPECT_FALSE(store->memory());
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(store->save(at(i)));
  }
  const auto again = Store::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->memory(), at(3));
}

TEST_F(StoreTest, EveryFlippedBitOfTheNewerSlotGivesTheOlderOne) {
  auto store = Store::open(path_);
  ASSERT_TRUE(store && store->save(at(1)) && store->save(at(2)));
  const int file = ::open(path_.c_str(), O_RDWR);
  for (int bit = 0; bit < 64 * 8; ++bit) {
    std::byte octet;
    ASSERT_EQ(::pread(file, &octet, 1, bit / 8), 1);  // generation 2 lies in the first slot
    octet ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(::pwrite(file, &octet, 1, bit / 8), 1);
    ASSERT_EQ(Store::open(path_)->memory(), at(1)) << bit;
    octet ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(::pwrite(file, &octet, 1, bit / 8), 1);
  }
  EXPECT_EQ(Store::open(path_)->memory(), at(2));
  ::close(file);
}

TEST_F(StoreTest, ARuinedFileIsLikeNoneAndCanBeSavedTo) {
  auto store = Store::open(path_);
  ASSERT_TRUE(store && store->save(at(1)));
  std::mt19937 random{1};
  std::string junk(4096, '\0');
  for (char& octet : junk) octet = static_cast<char>(random());
  const int file = ::open(path_.c_str(), O_RDWR);
  ASSERT_EQ(::pwrite(file, junk.data(), junk.size(), 0), 4096);
  ::close(file);
  auto ruined = Store::open(path_);
  ASSERT_TRUE(ruined);
  EXPECT_FALSE(ruined->memory());
  ASSERT_TRUE(ruined->save(at(5)));
  EXPECT_EQ(Store::open(path_)->memory(), at(5));
}

TEST(BootNumber, IsTheSameFromProcAndFromSystemd) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(boot_number(id), 0x0123456789abcdefu);
  EXPECT_EQ(boot_number("01234567-89ab-cdef-0123-456789abcdef"), boot_number(id));
  EXPECT_EQ(boot_number("nothing"), 0u);
  std::ifstream proc{"/proc/sys/kernel/random/boot_id"};
  std::string told;
  ASSERT_TRUE(std::getline(proc, told));
  EXPECT_EQ(boot_number(""), boot_number(told));
  EXPECT_NE(boot_number(""), 0u);
}

TEST_F(StoreTest, ASymbolicLinkIsNotFollowed) {
  ASSERT_EQ(::symlink("/etc/passwd", path_.c_str()), 0);
  EXPECT_FALSE(Store::open(path_));
}

}  // namespace
}  // namespace ntp::rtcd
