// The program in the kernel, run by the kernel on frames of ours (BPF_PROG_TEST_RUN): no
// interface, no traffic. Skipped where this process may not load BPF programs.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <array>
#include <cstring>
#include <ctime>
#include <vector>

#include "ntpd-xdp/loader.h"

namespace ntp {
namespace {

using Frame = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 6> our_mac{2, 0, 0, 0, 0, 1};
constexpr std::uint32_t our_address = 0xc0000201, client_address = 0xc0000202;  // 192.0.2.1, .2
constexpr std::uint64_t mapped_ipv4 = 0xffff'0000'0000;
constexpr std::uint64_t our_network = 0x2001'0db8'0000'0000;
constexpr std::size_t ipv4_payload = 14 + 20 + 8, ipv6_payload = 14 + 40 + 8;

std::uint64_t monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void put(Frame& frame, std::size_t at, std::uint64_t value, int octets) {
  for (int i = 0; i < octets; ++i)
    frame[at + static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(value >> (8 * (octets - 1 - i)));
}
std::uint64_t take(const Frame& frame, std::size_t at, int octets) {
  std::uint64_t value = 0;
  for (int i = 0; i < octets; ++i) value = value << 8 | frame[at + static_cast<std::size_t>(i)];
  return value;
}

// RFC 1071 over octets [from, to), with what is added to begin with.
std::uint16_t checksum(const Frame& frame, std::size_t from, std::size_t to, std::uint64_t sum) {
  for (std::size_t i = from; i < to; i += 2)
    sum += static_cast<std::uint64_t>(frame[i] << 8 | (i + 1 < to ? frame[i + 1] : 0));
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// A request of `size` octets of UDP payload that begins with `first`.
Frame ipv4_request(std::uint8_t first, std::size_t size) {
  Frame frame(ipv4_payload + size);
  std::memcpy(frame.data(), our_mac.data(), 6);
  put(frame, 6, 0x0200'0000'0002, 6);
  put(frame, 12, 0x0800, 2);
  put(frame, 14, 0x45, 1);
  put(frame, 16, 28 + size, 2);
  put(frame, 22, 17, 2);  // no TTL, UDP: what comes in does not go out
  put(frame, 26, client_address, 4);
  put(frame, 30, our_address, 4);
  put(frame, 24, checksum(frame, 14, 34, 0), 2);
  put(frame, 34, 40000, 2);
  put(frame, 36, 123, 2);
  put(frame, 38, 8 + size, 2);
  if (size > 0) frame[ipv4_payload] = first;
  if (size >= 48) put(frame, ipv4_payload + 40, 0x1122'3344'5566'7788, 8);
  return frame;
}

Frame ipv6_request(std::uint8_t first) {
  Frame frame(ipv6_payload + 48);
  std::memcpy(frame.data(), our_mac.data(), 6);
  put(frame, 6, 0x0200'0000'0002, 6);
  put(frame, 12, 0x86dd, 2);
  put(frame, 14, 0x6000'0000, 4);
  put(frame, 18, 56, 2);
  put(frame, 20, 17, 1);
  put(frame, 22, our_network, 8);
  put(frame, 30, 2, 8);
  put(frame, 38, our_network, 8);
  put(frame, 46, 1, 8);
  put(frame, 54, 40000, 2);
  put(frame, 56, 123, 2);
  put(frame, 58, 56, 2);
  frame[ipv6_payload] = first;
  put(frame, ipv6_payload + 40, 0x1122'3344'5566'7788, 8);
  return frame;
}

class Answer : public testing::Test {
 protected:
  void SetUp() override { load({}); }

  void load(const fast_limit& limit) {
    fast_config config{};
    config.secret = 12345;
    config.table_mask = 63;
    config.has_table = 1;
    config.limited = limit.enabled;
    config.interval = limit.interval;
    config.burst = limit.burst;
    config.leak = limit.leak;
    config.kod = limit.kod;
    config.address_count = 2;
    config.addresses[0] = {0, mapped_ipv4 | our_address};
    config.addresses[1] = {our_network, 1};
    std::memcpy(config.mac, our_mac.data(), 6);
    config.port = static_cast<std::uint16_t>(123 << 8);
    auto loaded = load_fast_path(config);
    const bool forbidden =
        !loaded && (loaded.error().code == EPERM || loaded.error().code == ENOSYS);
    if (forbidden) GTEST_SKIP() << loaded.error().message;
    ASSERT_TRUE(loaded) << loaded.error().message;
    maps_ = *std::move(loaded);
    state_ = map<fast_state>(maps_.state, 1);
    access_ = map<fast_access>(maps_.access, 1);
    counters_ = map<fast_counters>(maps_.counters, maps_.processors);
    access_->trees[0].root_ipv4 = access_->trees[0].root_ipv6 = 1u << 30;  // allow all
    tell_time();
  }

  template <typename T>
  T* map(const Fd& fd, std::size_t entries) {
    void* memory =
        ::mmap(nullptr, entries * sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, fd.number(), 0);
    EXPECT_NE(memory, MAP_FAILED);
    return static_cast<T*>(memory);
  }

  void tell_time() {
    const std::uint64_t now = monotonic_now();
    state_->lines[1] = {.anchor = now,
                        .ntp = said,
                        .slope = 2'305'843'009,  // 2^32 / 10^9, times 2^29
                        .valid_until = now + 60'000'000'000,
                        .raw_minus_mono = 0,
                        .fuzz_mask = 0xff,
                        .head = {}};
    const std::array<std::uint8_t, 4> begin{0x24, 2, 0, 0xe8};
    std::memcpy(state_->lines[1].head, begin.data(), 4);
    state_->generation = 1;
  }

  struct Run {
    std::uint32_t action;
    Frame frame;
  };
  Run run(const Frame& frame) {
    Frame out(2048);
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = frame.data();
    options.data_size_in = static_cast<__u32>(frame.size());
    options.data_out = out.data();
    options.data_size_out = static_cast<__u32>(out.size());
    options.repeat = 1;
    EXPECT_EQ(bpf_prog_test_run_opts(maps_.program.number(), &options), 0);
    out.resize(options.data_size_out);
    return {options.retval, out};
  }

  std::uint64_t counted(fast_count what) const {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < maps_.processors; ++i) sum += counters_[i].values[what];
    return sum;
  }

  static constexpr std::uint64_t said = 0xee00'0000'0000'0000;

  FastPathMaps maps_;
  fast_state* state_ = nullptr;
  fast_access* access_ = nullptr;
  fast_counters* counters_ = nullptr;
};

TEST_F(Answer, APlainRequestComesBackAsAnAnswerOfTheSameLength) {
  const auto [action, out] = run(ipv4_request(0x23, 48));
  ASSERT_EQ(action, XDP_TX);
  ASSERT_EQ(out.size(), ipv4_payload + 48);
  EXPECT_EQ(take(out, 0, 6), 0x0200'0000'0002u);
  EXPECT_EQ(std::memcmp(out.data() + 6, our_mac.data(), 6), 0);
  EXPECT_EQ(take(out, 26, 4), our_address);
  EXPECT_EQ(take(out, 30, 4), client_address);
  EXPECT_EQ(out[22], 64);
  EXPECT_EQ(checksum(out, 14, 34, 0), 0) << "IPv4 header";
  EXPECT_EQ(take(out, 34, 2), 123u);
  EXPECT_EQ(take(out, 36, 2), 40000u);
  EXPECT_EQ(checksum(out, 26, out.size(), 17 + 56), 0) << "UDP";
  EXPECT_EQ(take(out, ipv4_payload, 4), 0x2402'00e8u);
  EXPECT_EQ(take(out, ipv4_payload + 24, 8), 0x1122'3344'5566'7788u);
  const std::uint64_t receive = take(out, ipv4_payload + 32, 8);
  const std::uint64_t transmit = take(out, ipv4_payload + 40, 8);
  EXPECT_EQ(receive & 1, 1u);
  EXPECT_EQ(transmit & 1, 0u);
  EXPECT_GE(receive, said);
  EXPECT_LT(receive - said, std::uint64_t{10} << 32);
  EXPECT_GE(transmit + 512, receive);
  EXPECT_EQ(counted(fast_answers), 1u);
}

TEST_F(Answer, Ipv6IsAnsweredWithARightChecksum) {
  const auto [action, out] = run(ipv6_request(0x1b));
  ASSERT_EQ(action, XDP_TX);
  ASSERT_EQ(out.size(), ipv6_payload + 48);
  EXPECT_EQ(take(out, 30, 8), 1u) << "our address is the source";
  EXPECT_EQ(take(out, 46, 8), 2u);
  EXPECT_EQ(checksum(out, 22, out.size(), 17 + 56), 0);
  EXPECT_EQ(out[ipv6_payload], 0x1c) << "version 3 as asked";
}

TEST_F(Answer, OfEveryFirstOctetAndLengthOnlyPlainRequestsAreAnswered) {
  for (std::size_t size = 1; size <= 1460; ++size) {
    for (unsigned first = 0; first < 256; ++first) {
      const bool plain =
          size == 48 && (first & 7) == 3 && (first >> 3 & 7) >= 3 && (first >> 3 & 7) <= 4;
      const auto octet = static_cast<std::uint8_t>(first);
      const Frame frame = ipv4_request(octet, size);
      const auto [action, out] = run(frame);
      ASSERT_EQ(action, plain ? XDP_TX : XDP_PASS) << size << " octets, first " << first;
      ASSERT_EQ(out.size(), frame.size());
      if (!plain) {
        ASSERT_EQ(out, frame) << "passed up, but changed";
      }
    }
  }
}

TEST_F(Answer, WhatIsNotCertainlyForUsGoesUpUnchanged) {
  const auto passes = [&](auto change) {
    Frame frame = ipv4_request(0x23, 48);
    change(frame);
    put(frame, 24, 0, 2);
    put(frame, 24, checksum(frame, 14, 34, 0), 2);
    const auto [action, out] = run(frame);
    return action == XDP_PASS && out == frame;
  };
  EXPECT_FALSE(passes([](Frame&) {}));
  EXPECT_TRUE(passes([](Frame& f) { f[5] = 9; })) << "another MAC";
  EXPECT_TRUE(passes([](Frame& f) { f[33] = 9; })) << "another address";
  EXPECT_TRUE(passes([](Frame& f) { f[14] = 0x46; })) << "IP options";
  EXPECT_TRUE(passes([](Frame& f) { f[20] = 0x20; })) << "a fragment";
  EXPECT_TRUE(passes([](Frame& f) { f[23] = 6; })) << "TCP";
  EXPECT_TRUE(passes([](Frame& f) { f[37] = 124; })) << "another port";
  EXPECT_TRUE(passes([](Frame& f) { put(f, 34, 0, 2); })) << "no port to answer to";
  EXPECT_TRUE(passes([](Frame& f) { f[26] = 127; })) << "from loopback";
  EXPECT_TRUE(passes([](Frame& f) { f[26] = 224; })) << "from multicast";
  EXPECT_TRUE(passes([](Frame& f) { f.push_back(0); })) << "octets after the datagram";
  EXPECT_TRUE(passes([](Frame& f) { f[ipv4_payload + 31] = 1; })) << "interleaved mode";
  Frame broken = ipv4_request(0x23, 48);
  broken[25] ^= 1;
  EXPECT_EQ(run(broken).action, XDP_PASS) << "a wrong header checksum";
}

TEST_F(Answer, WithoutFreshTimeEverythingGoesUp) {
  state_->lines[1].valid_until = monotonic_now() - 1;
  EXPECT_EQ(run(ipv4_request(0x23, 48)).action, XDP_PASS);
  tell_time();
  state_->generation = 0;
  EXPECT_EQ(run(ipv4_request(0x23, 48)).action, XDP_PASS);
  EXPECT_EQ(counted(fast_requests), 0u);
}

TEST_F(Answer, WhoIsNotAllowedIsDroppedAndCounted) {
  access_->trees[0].root_ipv4 = 1u << 31;
  EXPECT_EQ(run(ipv4_request(0x23, 48)).action, XDP_DROP);
  EXPECT_EQ(counted(fast_denied), 1u);
  EXPECT_EQ(run(ipv6_request(0x23)).action, XDP_TX);
  access_->trees[0].root_ipv4 = (1u << 31) | 1;  // 192.0.0.0/4 alone is allowed
  access_->trees[0].nodes[1][0xc] = 1u << 30;
  EXPECT_EQ(run(ipv4_request(0x23, 48)).action, XDP_TX);
}

TEST_F(Answer, ABurstIsAnsweredThenTheRateLimitDrops) {
  load({.enabled = 1, .interval = 6, .burst = 4, .leak = 4, .kod = 0});
  if (IsSkipped()) return;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(run(ipv4_request(0x23, 48)).action, XDP_TX);
  int dropped = 0;
  for (int i = 0; i < 200; ++i) dropped += run(ipv4_request(0x23, 48)).action == XDP_DROP;
  EXPECT_GT(dropped, 150);  // one of 16 leaks
  EXPECT_LT(dropped, 200);
  EXPECT_EQ(counted(fast_rate_limited), static_cast<std::uint64_t>(dropped));
}

TEST_F(Answer, AKissIsNoLongerThanItsRequestAndOfStratum0) {
  load({.enabled = 1, .interval = 6, .burst = 1, .leak = 4, .kod = 1});
  if (IsSkipped()) return;
  int kisses = 0;
  for (int i = 0; i < 200; ++i) {
    const auto [action, out] = run(ipv4_request(0x23, 48));
    if (action != XDP_TX || out[ipv4_payload + 1] != 0) continue;
    ++kisses;
    EXPECT_EQ(out.size(), ipv4_payload + 48);
    EXPECT_EQ(out[ipv4_payload], 0xe4);
    EXPECT_EQ(out[ipv4_payload + 2], 6) << "the poll that we would like";
    EXPECT_EQ(take(out, ipv4_payload + 12, 4), 0x5241'5445u);
    EXPECT_EQ(checksum(out, 26, out.size(), 17 + 56), 0);
  }
  EXPECT_GT(kisses, 40);
  EXPECT_EQ(counted(fast_kisses), static_cast<std::uint64_t>(kisses));
}

}  // namespace
}  // namespace ntp
