// The reference clocks' ring over a real Unix socket: handed over, read, rung.
#include "common/board/sample_board.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

namespace ntp {
namespace {

ReferenceSample sample(std::uint64_t sequence) {
  return {.sequence = sequence,
          .line = 2,
          .reference_id = 0x47505300,
          .taken = {5s},
          .utc = {1'795'000'000s},
          .pulse_interval = 1s,
          .dispersion = 7us,
          .spread = -250ns,
          .delay = 1ns,
          .precision = 100ns,
          .leap = Leap::insert,
          .stratum = 3};
}

TEST(SampleBoard, EveryFieldComesBack) {
  auto writer = SampleBoardWriter::create(99);
  ASSERT_TRUE(writer);
  auto reader = SampleBoardReader::adopt(Fd{::dup(writer->fd().number())});
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->session(), 99u);
  writer->publish(sample(1));
  writer->publish(sample(2));
  EXPECT_EQ(reader->next(), sample(1));
  EXPECT_EQ(reader->next(), sample(2));
  EXPECT_FALSE(reader->next());
}

TEST(SampleBoard, AWordThatMeansNothingIsNoSample) {
  using Ring = Layout<ReferenceSample>;
  EXPECT_TRUE(Ring::decode(Ring::encode(sample(1))));
  const auto is_taken = [](std::size_t word, std::uint64_t value) {
    auto words = Ring::encode(sample(1));
    words[word] = value;
    return Ring::decode(words).has_value();
  };
  EXPECT_FALSE(is_taken(0, 0));                  // sequence
  EXPECT_FALSE(is_taken(4, UINT64_MAX));         // negative interval
  EXPECT_FALSE(is_taken(5, UINT64_C(1) << 62));  // dispersion of a century
  EXPECT_FALSE(is_taken(7, 0));                  // precision
  EXPECT_FALSE(is_taken(8, 4u << 8));            // leap
  EXPECT_FALSE(is_taken(8, 16));                 // stratum
  EXPECT_FALSE(is_taken(9, UINT64_C(1) << 62));  // spread of a century
}

class SampleSocketTest : public testing::Test {
 protected:
  SampleSocketTest() : path_{testing::TempDir() + "sample-" + std::to_string(::getpid())} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    ::unlink(path_.c_str());
    listening_ = Fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    EXPECT_EQ(::bind(listening_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    EXPECT_EQ(::listen(listening_.number(), 4), 0);
  }
  ~SampleSocketTest() override { ::unlink(path_.c_str()); }

  std::string path_;
  Fd listening_;
};

TEST_F(SampleSocketTest, TheRingIsHandedOverAndBellsAreHeardUntilTheEnd) {
  auto writer = SampleBoardWriter::create(7);
  ASSERT_TRUE(writer);
  Fd served;
  std::thread server{[&] {
    served = Fd{::accept(listening_.number(), nullptr, nullptr)};
    EXPECT_TRUE(send_ring(served, writer->fd()));
  }};
  auto socket = SampleSocket::connect(path_);
  server.join();
  ASSERT_TRUE(socket) << socket.error().message;
  auto reader = SampleBoardReader::adopt(socket->take_ring());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(socket->hear_bells());
  writer->publish(sample(1));
  EXPECT_TRUE(send_bell(served));
  EXPECT_TRUE(socket->hear_bells());
  EXPECT_EQ(reader->next(), sample(1));
  served.reset();
  EXPECT_FALSE(socket->hear_bells());
}

TEST(SampleSocket, OneWordIsHeardAndAnyOtherIsAReasonToHangUp) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const Fd ours{ends[0]};
  Fd readers{ends[1]};
  EXPECT_EQ(hear_reader(ours), ReaderWord::nothing);
  EXPECT_EQ(::send(readers.number(), "C", 1, 0), 1);
  EXPECT_EQ(hear_reader(ours), ReaderWord::cycle_logs);
  EXPECT_EQ(::send(readers.number(), "c", 1, 0), 1);
  EXPECT_EQ(hear_reader(ours), ReaderWord::hang_up);
  readers.reset();
  EXPECT_EQ(hear_reader(ours), ReaderWord::hang_up);
}

TEST_F(SampleSocketTest, AServerThatShutsTheDoorIsAnErrorAndNoRing) {
  std::thread server{[&] { Fd{::accept(listening_.number(), nullptr, nullptr)}; }};
  const auto socket = SampleSocket::connect(path_);
  server.join();
  EXPECT_FALSE(socket);
}

TEST_F(SampleSocketTest, ABellWithoutAPeerSaysSo) {
  Fd served;
  {
    auto writer = SampleBoardWriter::create(7);
    std::thread server{[&] {
      served = Fd{::accept(listening_.number(), nullptr, nullptr)};
      EXPECT_TRUE(send_ring(served, writer->fd()));
    }};
    const auto socket = SampleSocket::connect(path_);
    server.join();
    ASSERT_TRUE(socket);
  }
  EXPECT_FALSE(send_bell(served));
}

}  // namespace
}  // namespace ntp
