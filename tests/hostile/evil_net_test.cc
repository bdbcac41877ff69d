// Everything that a network side in an attacker's hands can do to the real clockd: wrong
// descriptors, lying rings, floods, restarts. After each, clockd lives, has counted the
// refusal under its name, orders nothing outside its policy, and obeys an honest record.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>

#include "common/board/refusal.h"
#include "common/os/system_clocks.h"
#include "tests/hostile/clockd_process.h"

namespace ntp::hostile {
namespace {

std::uint64_t next_session() {
  static std::uint64_t session = 1000;
  return ++session;
}

std::uint64_t refused(const ClockdProcess& clockd, Refusal refusal) {
  const auto status = clockd.status();
  return status ? status->refusals[std::to_underlying(refusal)] : 0;
}

class EvilNet : public testing::Test {
 protected:
  void SetUp() override {
    auto started = ClockdProcess::start({});
    ASSERT_TRUE(started) << started.error().message;
    clockd = std::make_unique<ClockdProcess>(std::move(*started));
  }
  void TearDown() override {
    if (!clockd) return;
    expect_honest_record_is_obeyed();
    expect_orders_within_policy();
    const int status = clockd->stop();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }

  ClockSocket connect() {
    auto socket = ClockSocket::connect(clockd->socket_path());
    EXPECT_TRUE(socket) << socket.error().message;
    return std::move(*socket);
  }

  // Within two seconds, whatever went before.
  void expect_honest_record_is_obeyed() {
    ASSERT_TRUE(clockd->is_alive());
    const auto before = clockd->status();
    ASSERT_TRUE(before);
    const auto session = next_session();
    auto ring = EstimateWriter::create(session);
    auto socket = connect();
    const auto offered = socket.offer(ring->fd(), session);
    ASSERT_TRUE(offered) << offered.error().message;
    std::uint64_t sequence = 0;
    EXPECT_TRUE(wait_for([&] {
      ring->publish(honest_record(session, ++sequence, 1ms));
      EXPECT_TRUE(socket.ring_bell());
      sleep_for(100ms);
      const auto now = clockd->status();
      return now && now->accepted > before->accepted;
    })) << clockd->log();
  }

  void expect_orders_within_policy() {
    std::istringstream log{clockd->log()};
    int orders = 0, steps = 0;
    for (std::string line; std::getline(log, line);) {
      double rate = 0, advance = 0;
      const auto at = line.find("Dry run: rate");
      if (line.find("Dry run: step") != std::string::npos) ++steps;
      if (at == std::string::npos) continue;
      ASSERT_EQ(
          std::sscanf(line.c_str() + at, "Dry run: rate %lf ppm, advance by %lf", &rate, &advance),
          2)
          << line;
      EXPECT_LE(std::abs(rate), 500) << line;
      EXPECT_LE(std::abs(advance), 0.5) << line;
      ++orders;
    }
    EXPECT_GT(orders, 0);
    EXPECT_LE(steps, 1);
  }

  // Sends one offer with these descriptors and gives back what clockd answered.
  std::optional<ClockAnswer> offer_raw(std::vector<int> descriptors,
                                       std::size_t size = clock_message_size) {
    const auto socket = connect();
    auto message = encode(ClockRequest{ClockOperation::offer_ring, 5, 0});
    std::vector<char> control(CMSG_SPACE(sizeof(int) * descriptors.size()) + 1);
    iovec part{message.data(), size};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
      header.msg_control = control.data();
      header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
      cmsghdr* const rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
      std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * descriptors.size());
    }
    EXPECT_GE(sendmsg(socket.fd().number(), &header, MSG_NOSIGNAL), 0) << std::strerror(errno);
    std::byte answer[64];
    const auto got = recv(socket.fd().number(), answer, sizeof answer, 0);
    if (got <= 0) return std::nullopt;
    const auto reply = decode_reply(Octets{answer, static_cast<std::size_t>(got)});
    return reply ? std::optional{reply->answer} : std::nullopt;
  }

  std::unique_ptr<ClockdProcess> clockd;
};

TEST_F(EvilNet, WrongDescriptorsAreRefusedAndNoneStaysOpen) {
  int before = clockd->open_descriptors();  // at rest: whoever connected at the start is gone again
  for (int i = 0; i < 20; ++i, sleep_for(10ms))
    before = std::min(before, clockd->open_descriptors());
  int ends[2], pair[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const int unsealed = memfd_create("x", MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(unsealed, 4096), 0);
  const int half = memfd_create("x", MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(half, 4096), 0);
  ASSERT_EQ(fcntl(half, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
  auto empty = Segment::create("x", 4096);
  auto large = Segment::create("x", 1 << 20);
  auto status = StatusWriter::create(5);
  auto other_session = EstimateWriter::create(6);
  const int all[] = {ends[0],
                     ends[1],
                     pair[0],
                     unsealed,
                     half,
                     open("/", O_RDONLY),
                     open("/dev/zero", O_RDWR),
                     open("/proc/self/maps", O_RDONLY),
                     empty->fd().number(),
                     large->fd().number(),
                     status->fd().number(),
                     other_session->fd().number()};
  for (const int fd : all) EXPECT_EQ(offer_raw({fd}), ClockAnswer::malformed) << fd;
  EXPECT_EQ(offer_raw({}), ClockAnswer::malformed);
  EXPECT_EQ(offer_raw({ends[0], ends[1]}), ClockAnswer::malformed);
  auto good = EstimateWriter::create(5);
  EXPECT_EQ(offer_raw({good->fd().number(), ends[0]}), ClockAnswer::malformed);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(offer_raw(std::vector<int>(250, ends[0])), ClockAnswer::malformed);  // a thousand
  for (const std::size_t size : {0, 1, 31}) static_cast<void>(offer_raw({ends[0]}, size));
  EXPECT_GE(refused(*clockd, Refusal::hand_over), std::size(all) + 6);
  EXPECT_TRUE(wait_for([&] { return clockd->open_descriptors() <= before; }))
      << clockd->open_descriptors();
}

TEST_F(EvilNet, ARingOfRandomWordsMovesNothing) {
  std::mt19937_64 random{1};
  auto segment = Segment::create("x", ring_size(16));
  auto* const words = reinterpret_cast<std::uint64_t*>(segment->octets().data());
  const auto session = next_session();
  words[0] = Layout<EstimateRecord>::magic;
  words[1] = board_version;
  words[2] = 16;
  words[3] = session;
  auto socket = connect();
  ASSERT_TRUE(socket.offer(segment->fd(), session));
  const auto before = clockd->status();
  // Five seconds' worth of what clockd will look at, each wholly or partly wild.
  for (std::uint64_t n = 1; n <= 80; ++n) {
    const std::size_t slot = 8 + ((n - 1) & 7) * 17;
    const auto good = Layout<EstimateRecord>::encode(honest_record(session, n));
    for (std::size_t i = 0; i < 16; ++i) {
      const bool is_wild = n % 3 == 0 || (i > 3 && i < 14 && random() % 3 == 0);
      words[slot + 1 + i] = is_wild ? random() >> random() % 64 : good[i];
    }
    words[slot + 1 + 5 + n % 9] = random() | UINT64_C(1)
                                                 << 63;  // at least one field out of any range
    words[slot] = 2 * n;
    words[4] = n;
    EXPECT_TRUE(socket.ring_bell());
    sleep_for(60ms);
  }
  const auto after = clockd->status();
  ASSERT_TRUE(before && after);
  EXPECT_LE(after->accepted - before->accepted, 2u);  // a wild deviation may be an honest one
  EXPECT_GT(after->refusals[std::to_underlying(Refusal::form)] +
                after->refusals[std::to_underlying(Refusal::range)],
            20u);
}

TEST_F(EvilNet, ALockThatFlipsForEverNeverHoldsClockdUp) {
  auto segment = Segment::create("x", ring_size(16));
  auto* const words = reinterpret_cast<std::atomic<std::uint64_t>*>(segment->octets().data());
  const auto session = next_session();
  words[0] = Layout<EstimateRecord>::magic;
  words[1] = board_version;
  words[2] = 16;
  words[3] = session;
  auto socket = connect();
  ASSERT_TRUE(socket.offer(segment->fd(), session));
  std::atomic<bool> stop{false};
  std::thread flipper{[&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      words[4] = 1 + i % 3;
      for (std::size_t slot = 0; slot < 8; ++slot) words[8 + slot * 17] = 2 * (slot + 1) - i % 2;
      if (i % 64 == 0) std::this_thread::yield();
    }
  }};
  const double before = clockd->cpu_seconds();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(socket.ring_bell());
    sleep_for(50ms);
    EXPECT_TRUE(clockd->status());  // it still answers
  }
  stop = true;
  flipper.join();
  EXPECT_LT(clockd->cpu_seconds() - before, 0.3);
}

TEST_F(EvilNet, AFloodOfBellsAndRecordsCostsTheFlooderOnly) {
  const auto session = next_session();
  auto ring = EstimateWriter::create(session);
  auto socket = connect();
  ASSERT_TRUE(socket.offer(ring->fd(), session));
  const double before = clockd->cpu_seconds();
  const std::string memory = clockd->status_of("VmData");
  SystemClocks clocks;
  const RawTime began = clocks.raw_now();
  std::uint64_t sequence = 0;
  while (clocks.raw_now() - began < 2s) {
    ring->publish(honest_record(session, ++sequence));
    EXPECT_TRUE(socket.ring_bell());
  }
  EXPECT_LT(clockd->cpu_seconds() - before, 0.1 + 0.02) << "more than 5 % of a core";
  EXPECT_EQ(clockd->status_of("VmData"), memory);
  EXPECT_GT(sequence, 10'000u);
  const auto status = clockd->status();
  ASSERT_TRUE(status);
  EXPECT_LE(status->accepted, 16u * 4);
}

TEST_F(EvilNet, FloodsOfConnectionsAndOfAnswersNobodyReadsAreBorne) {
  const double before = clockd->cpu_seconds();
  std::vector<ClockSocket> idle;
  for (int i = 0; i < 200; ++i) {
    auto socket = ClockSocket::connect(clockd->socket_path());
    if (!socket) continue;  // its queue is full: as it should be
    const auto message = encode(ClockRequest{ClockOperation::observe});
    for (int k = 0; k < 50; ++k)
      send(socket->fd().number(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (i % 2 == 0) idle.push_back(std::move(*socket));
  }
  EXPECT_LT(clockd->cpu_seconds() - before, 0.5);
  idle.clear();
  EXPECT_TRUE(wait_for([&] { return clockd->status().has_value(); }));
  EXPECT_LE(clockd->open_descriptors(), 40);
}

TEST_F(EvilNet, RestartsByTheHundredLeaveNothingBehind) {
  const int before = clockd->open_descriptors();
  for (int i = 0; i < 50; ++i) {
    const auto session = next_session();
    auto ring = EstimateWriter::create(session);
    auto socket = ClockSocket::connect(clockd->socket_path());
    if (!socket || !socket->offer(ring->fd(), session)) {
      sleep_for(100ms);  // muted for this second
      continue;
    }
    ring->publish(honest_record(session, 1));
    EXPECT_TRUE(socket->ring_bell());
  }
  EXPECT_TRUE(wait_for([&] { return clockd->open_descriptors() <= before + 2; }))
      << clockd->open_descriptors();
}

TEST_F(EvilNet, ARingOfferedAgainReplaysNothingAndOldRecordsAreStale) {
  const auto session = next_session();
  auto ring = EstimateWriter::create(session);
  auto socket = connect();
  ASSERT_TRUE(socket.offer(ring->fd(), session));
  ring->publish(honest_record(session, 5));
  EXPECT_TRUE(socket.ring_bell());
  EXPECT_TRUE(wait_for([&] { return clockd->status() && clockd->status()->accepted == 1; }));
  auto again = connect();
  EXPECT_TRUE(again.offer(ring->fd(), session));
  EXPECT_TRUE(wait_for(
      [&] { return refused(*clockd, Refusal::sequence) >= 1; }));  // it looks, and has seen it
  auto record = honest_record(session, 6);
  record.published = record.published - 3s;
  ring->publish(record);
  EXPECT_TRUE(socket.ring_bell());
  EXPECT_TRUE(wait_for([&] { return refused(*clockd, Refusal::stale) == 1; }));
}

TEST_F(EvilNet, AStepIsOrderedOnceAndALaterLieIsSlewedNotStepped) {
  const auto session = next_session();
  auto ring = EstimateWriter::create(session);
  auto socket = connect();
  ASSERT_TRUE(socket.offer(ring->fd(), session));
  for (std::uint64_t n = 1; n <= 8; ++n) {
    ring->publish(honest_record(session, n, n == 1 || n > 4 ? Nanos{-3s} : Nanos{0}));
    EXPECT_TRUE(socket.ring_bell());
    EXPECT_TRUE(wait_for([&] {
      const auto status = clockd->status();
      return status &&
             status->accepted + status->refusals[std::to_underlying(Refusal::budget)] >= n;
    }));
  }
  EXPECT_GE(refused(*clockd, Refusal::budget), 4u);  // the corridor stands at the fourth
}

TEST_F(EvilNet, StrangersMaySeeTheStatusAndNothingElse) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become a stranger";
  const pid_t child = fork();
  if (child == 0) {
    if (setresgid(62003, 62003, 62003) != 0 || setresuid(62003, 62003, 62003) != 0) _exit(9);
    if (!clockd->status()) _exit(1);
    auto socket = ClockSocket::connect(clockd->socket_path());
    auto ring = EstimateWriter::create(7);
    if (!socket || !ring || socket->offer(ring->fd(), 7)) _exit(2);
    for (std::uint8_t operation = 4; operation <= 8; ++operation) {
      auto other = ClockSocket::connect(clockd->socket_path());
      if (!other) _exit(3);
      const auto reply = other->ask({ClockOperation{operation}, 0, 0});
      if (!reply || reply->answer != ClockAnswer::not_allowed) _exit(4);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST_F(EvilNet, RootsCommandsAreBoundedToo) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  auto socket = connect();
  const auto ask = [&](ClockRequest request) {
    const auto reply = socket.ask(request);
    return reply ? std::optional{reply->answer} : std::nullopt;
  };
  EXPECT_EQ(ask({ClockOperation::make_step}), ClockAnswer::no_estimate);
  expect_honest_record_is_obeyed();
  EXPECT_EQ(ask({ClockOperation::make_step}), ClockAnswer::dry_run);
  EXPECT_EQ(ask({ClockOperation::adjust_offset, 600'000'000}), ClockAnswer::out_of_range);
  EXPECT_EQ(ask({ClockOperation::adjust_offset, INT64_MIN}), ClockAnswer::out_of_range);
  EXPECT_EQ(ask({ClockOperation::adjust_offset, 1000}), ClockAnswer::dry_run);
  EXPECT_EQ(ask({ClockOperation::adjust_rate, INT64_MAX}), ClockAnswer::out_of_range);
  EXPECT_EQ(ask({ClockOperation::adjust_rate, 1'000'000'000}), ClockAnswer::dry_run);
  EXPECT_EQ(ask({ClockOperation::change_step_gate, -1, 3}), ClockAnswer::out_of_range);
  EXPECT_EQ(ask({ClockOperation::change_step_gate, 1'000'000'000, 3}), ClockAnswer::done);
  EXPECT_EQ(ask({ClockOperation::relearn}), ClockAnswer::done);
}

}  // namespace
}  // namespace ntp::hostile
