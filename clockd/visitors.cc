// Reading from strangers. The kernel said who a visitor is when he connected, so that nobody can
// make a more trusted process speak for him through a descriptor that it inherited. A descriptor
// that arrives is a danger before it is looked at - closing a file of a hostile file system can
// block - so the kernel is given room for one only where one may come.
#include "clockd/visitors.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ntp::clockd {

namespace {

constexpr int most_messages_per_second = 32;
constexpr int most_arrivals_per_second = 64;
constexpr std::size_t descriptor_room = CMSG_SPACE(sizeof(int));

// What came with a message: at most one descriptor, for there is room for one.
Fd take_descriptor(msghdr& header) {
  int number = -1;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS)
    std::memcpy(&number, CMSG_DATA(rights), sizeof number);
  return Fd{number};
}

}  // namespace

Heard hear(const Visitor& visitor, bool may_hand_in, Message& message) {
  alignas(cmsghdr) char control[descriptor_room]{};
  std::array<std::byte, clock_message_size + 1> octets{};
  iovec part{.iov_base = octets.data(), .iov_len = octets.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = may_hand_in ? CMSG_LEN(sizeof(int)) : 0;  // CMSG_SPACE is room for two
  const ssize_t size = recvmsg(visitor.socket.number(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Heard::nothing;
  if (size < 0) return Heard::gone;
  message.descriptor = take_descriptor(header);  // an empty message can bring one too
  if (size == 0) return Heard::gone;
  const auto request = decode_request(Octets{octets}.first(static_cast<std::size_t>(size)));
  if (!request) return Heard::nonsense;
  message.request = *request;
  const bool offers = request->operation == ClockOperation::offer_ring;
  const bool is_cut = (header.msg_flags & MSG_CTRUNC) != 0;  // more descriptors than may come
  if (may_hand_in && (is_cut || message.descriptor.is_open() != offers)) return Heard::nonsense;
  return Heard::message;
}

void answer(const Fd& socket, const ClockReply& reply, int descriptor) {
  alignas(cmsghdr) char control[descriptor_room]{};
  ClockMessage body = encode(reply);
  iovec part{.iov_base = body.data(), .iov_len = body.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  [[maybe_unused]] const auto ignored =
      sendmsg(socket.number(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::span<pollfd> Visitors::waiting() {
  const bool is_full = admitted_ >= most_arrivals_per_second;
  fds_[most] = {.fd = is_full ? -1 : listener_.number(), .events = POLLIN, .revents = 0};
  for (std::size_t i = 0; i < most; ++i) {
    const Visitor& visitor = visitors_[i];
    const bool is_muted = visitor.heard >= most_messages_per_second;
    fds_[i] = {.fd = is_muted ? -1 : visitor.socket.number(), .events = POLLIN, .revents = 0};
  }
  return fds_;
}

bool Visitors::is_anyone_muted() const {
  return admitted_ >= most_arrivals_per_second ||
         std::ranges::any_of(visitors_,
                             [](const Visitor& v) { return v.heard >= most_messages_per_second; });
}

void Visitors::begin_second() {
  admitted_ = 0;
  for (Visitor& visitor : visitors_) visitor.heard = 0;
}

void Visitors::admit() {
  if (fds_[most].revents == 0) return;
  // A few at a time: a flood of connections must not keep us from the clock.
  for (int i = 0; i < 4; ++i) {
    Fd guest{accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!guest.is_open()) return;
    ++admitted_;
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(guest.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) continue;
    make_room() = {.socket = std::move(guest), .uid = who.uid, .arrival = ++arrivals_};
  }
}

Visitor& Visitors::make_room() {
  return *std::ranges::min_element(visitors_, {}, [](const Visitor& v) {
    return std::pair{v.is_feeder, v.socket.is_open() ? v.arrival : 0};
  });
}

const Visitor* Visitors::ready(std::size_t i) {
  Visitor& visitor = visitors_[i];
  if (!visitor.socket.is_open() || fds_[i].revents == 0) return nullptr;
  ++visitor.heard;
  return &visitor;
}

void Visitors::mark_feeder(std::size_t i) {
  for (Visitor& visitor : visitors_) visitor.is_feeder = false;
  visitors_[i].is_feeder = true;
}

void Visitors::dismiss(std::size_t i) { visitors_[i] = {}; }

}  // namespace ntp::clockd
