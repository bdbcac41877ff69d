// Stamps in control messages, as the kernel writes them.
#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <cstring>

#include "common/os/udp.h"

namespace ntp {
namespace {

class Message {
 public:
  template <typename T>
  Message& with(int level, int type, const T& value) {
    auto* const cmsg = reinterpret_cast<cmsghdr*>(room_ + used_);
    cmsg->cmsg_len = CMSG_LEN(sizeof value);
    cmsg->cmsg_level = level;
    cmsg->cmsg_type = type;
    std::memcpy(CMSG_DATA(cmsg), &value, sizeof value);
    used_ += CMSG_SPACE(sizeof value);
    return *this;
  }
  Ancillary read() {
    msghdr header{};
    header.msg_control = room_;
    header.msg_controllen = used_;
    return read_ancillary(header);
  }

 private:
  alignas(cmsghdr) std::byte room_[512]{};
  std::size_t used_ = 0;
};

struct ThreeStamps {
  timespec software{}, unused{}, card{};
};

TEST(Stamps, ACardsStampIsApartFromTheKernelsAndNamesItsCard) {
  const auto told = Message{}
                        .with(SOL_SOCKET, SCM_TIMESTAMPING, ThreeStamps{{10, 5}, {}, {900, 7}})
                        .with(SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, scm_ts_pktinfo{4, 90, {}})
                        .read();
  EXPECT_EQ(told.stamp, (SystemTime{10s + 5ns}));
  ASSERT_TRUE(told.card_stamp);
  EXPECT_EQ(told.card_stamp->card, 900s + 7ns);
  EXPECT_EQ(told.card_stamp->interface, 4u);
  EXPECT_EQ(told.card_stamp->octets, 90u);
}

TEST(Stamps, ADeparturesCardIsTheInterfaceThatItLeftBy) {
  in_pktinfo left{};
  left.ipi_ifindex = 6;
  const auto told = Message{}
                        .with(SOL_SOCKET, SCM_TIMESTAMPING, ThreeStamps{{}, {}, {900, 7}})
                        .with(IPPROTO_IP, IP_PKTINFO, left)
                        .read();
  EXPECT_FALSE(told.stamp);
  ASSERT_TRUE(told.card_stamp);
  EXPECT_EQ(told.card_stamp->interface, 6u);
}

TEST(Stamps, WithoutACardThereIsNoStampOfOne) {
  const auto told = Message{}
                        .with(SOL_SOCKET, SCM_TIMESTAMPING, ThreeStamps{{10, 5}, {}, {}})
                        .with(SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, scm_ts_pktinfo{4, 90, {}})
                        .read();
  EXPECT_TRUE(told.stamp);
  EXPECT_FALSE(told.card_stamp);
}

}  // namespace
}  // namespace ntp
