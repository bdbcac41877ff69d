// Our own datagram inside the frame that the kernel loops back.
#include <gtest/gtest.h>

#include <vector>

#include "common/os/udp.h"

namespace ntp {
namespace {

using Bytes = std::vector<std::byte>;

void append(Bytes& out, std::initializer_list<int> octets) {
  for (const int octet : octets) out.push_back(static_cast<std::byte>(octet));
}

Bytes udp(std::size_t payload) {
  Bytes out;
  append(out, {0, 123, 0x80, 1, 0, static_cast<int>(8 + payload), 0, 0});
  for (std::size_t i = 0; i < payload; ++i) out.push_back(static_cast<std::byte>(i + 1));
  return out;
}

Bytes ipv4(const Bytes& inside, int protocol = 17, int options = 0) {
  Bytes out;
  append(out, {0x45 + options / 4,
               0,
               0,
               76,
               0,
               0,
               0x40,
               0,
               64,
               protocol,
               0,
               0,
               127,
               0,
               0,
               1,
               127,
               0,
               0,
               1});
  out.insert(out.end(), static_cast<std::size_t>(options), std::byte{1});
  out.insert(out.end(), inside.begin(), inside.end());
  return out;
}

Bytes ipv6(const Bytes& inside, int next = 17) {
  Bytes out;
  append(out, {0x60, 0, 0, 0, 0, 56, next, 64});
  out.insert(out.end(), 32, std::byte{0});
  out.insert(out.end(), inside.begin(), inside.end());
  return out;
}

Bytes ethernet(const Bytes& inside, int high, int low, int tags = 0) {
  Bytes out(12);
  for (int i = 0; i < tags; ++i) append(out, {0x81, 0, 0, 5});
  append(out, {high, low});
  out.insert(out.end(), inside.begin(), inside.end());
  return out;
}

void expect_payload(const Bytes& frame, std::size_t size) {
  const Octets payload = find_udp_payload(frame);
  ASSERT_EQ(payload.size(), size);
  EXPECT_EQ(payload[0], std::byte{1});
  EXPECT_EQ(payload[size - 1], static_cast<std::byte>(size));
}

TEST(Frame, Ipv4OverEthernetWithAndWithoutVlanTags) {
  for (int tags = 0; tags <= 2; ++tags) expect_payload(ethernet(ipv4(udp(48)), 8, 0, tags), 48);
}
TEST(Frame, Ipv4WithOptions) { expect_payload(ethernet(ipv4(udp(48), 17, 8), 8, 0), 48); }
TEST(Frame, Ipv6WithAndWithoutExtensionHeaders) {
  expect_payload(ethernet(ipv6(udp(48)), 0x86, 0xdd), 48);
  Bytes extended;
  append(extended, {17, 0, 1, 4, 0, 0, 0, 0});
  const Bytes inner = udp(48);
  extended.insert(extended.end(), inner.begin(), inner.end());
  expect_payload(ethernet(ipv6(extended, 0), 0x86, 0xdd), 48);
}
TEST(Frame, ABarePacketWithoutLinkHeader) { expect_payload(ipv4(udp(48)), 48); }
TEST(Frame, WhatIsNoUdpYieldsNothing) {
  EXPECT_TRUE(find_udp_payload(ethernet(ipv4(udp(48), 6), 8, 0)).empty());
  EXPECT_TRUE(find_udp_payload({}).empty());
}
TEST(Frame, EveryCutOfAFrameYieldsNothingAndReadsNothingBeyond) {
  const Bytes whole = ethernet(ipv6(udp(48)), 0x86, 0xdd, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(find_udp_payload(cut).empty()) << size;
  }
}

}  // namespace
}  // namespace ntp
