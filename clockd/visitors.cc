// Reading from strangers.
//
// A descriptor that arrives is a danger before it is looked at: closing a file of a hostile
// file system can block. So each message is peeked at first, with room for the sender's
// credentials alone; the kernel then keeps the descriptor out. Only from the feeder and root
// is the message read again with room for one.
#include "clockd/visitors.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ntp::clockd {

namespace {

constexpr int most_messages_per_second = 32;
constexpr int most_arrivals_per_second = 64;
constexpr std::size_t credentials_room = CMSG_SPACE(sizeof(ucred));
constexpr std::size_t descriptor_room = CMSG_SPACE(sizeof(int));

struct Received {
  ssize_t size = -1;
  std::array<std::byte, clock_message_size + 1> octets{};
  std::optional<uid_t> uid;
  Fd first;               // descriptor
  bool has_more = false;  // than one descriptor, or something was cut off
};

// `size` is the kernel's: whole integers, at most what there was room for.
void take_descriptors(const cmsghdr& rights, Received& received) {
  const std::size_t count = (rights.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(&rights) + i * sizeof(int), sizeof number);
    Fd owned{number};
    if (received.first.is_open()) received.has_more = true;  // and closed here
    else received.first = std::move(owned);
  }
}

Received receive(const Fd& socket, int flags, std::size_t room) {
  alignas(cmsghdr) char control[credentials_room + descriptor_room]{};
  Received received;
  iovec part{.iov_base = received.octets.data(), .iov_len = received.octets.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = room;
  received.size = recvmsg(socket.number(), &header, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received.size < 0) return received;
  received.has_more = (header.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
      received.uid = credentials.uid;
    } else if (c->cmsg_type == SCM_RIGHTS) {
      take_descriptors(*c, received);
    }
  }
  return received;
}

}  // namespace

Heard hear(const Fd& socket, uid_t feeder, Message& message) {
  const Received glance = receive(socket, MSG_PEEK, credentials_room);
  if (glance.size < 0) return errno == EAGAIN || errno == EINTR ? Heard::nothing : Heard::gone;
  const bool may_hand_in = glance.uid && (*glance.uid == 0 || *glance.uid == feeder);
  Received received =
      receive(socket, 0, may_hand_in ? credentials_room + descriptor_room : credentials_room);
  if (received.size <= 0) return Heard::gone;
  if (!received.uid || received.uid != glance.uid) return Heard::nonsense;
  const auto request =
      decode_request(Octets{received.octets}.first(static_cast<std::size_t>(received.size)));
  if (!request) return Heard::nonsense;
  const bool offers = request->operation == ClockOperation::offer_ring;
  if (may_hand_in && (received.has_more || received.first.is_open() != offers))
    return Heard::nonsense;
  message = {*request, *received.uid, std::move(received.first)};
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
    make_room() = {.socket = std::move(guest), .arrival = ++arrivals_};
  }
}

Visitors::Visitor& Visitors::make_room() {
  return *std::ranges::min_element(visitors_, {}, [](const Visitor& v) {
    return std::pair{v.is_feeder, v.socket.is_open() ? v.arrival : 0};
  });
}

const Fd* Visitors::ready(std::size_t i) {
  Visitor& visitor = visitors_[i];
  if (!visitor.socket.is_open() || fds_[i].revents == 0) return nullptr;
  ++visitor.heard;
  return &visitor.socket;
}

void Visitors::mark_feeder(std::size_t i) {
  for (Visitor& visitor : visitors_) visitor.is_feeder = false;
  visitors_[i].is_feeder = true;
}

void Visitors::dismiss(std::size_t i) { visitors_[i] = {}; }

}  // namespace ntp::clockd
