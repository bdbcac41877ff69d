// Reading from strangers. The kernel said who a visitor is when he connected, so that nobody can
// make a more trusted process speak for him through a descriptor that it inherited. A descriptor
// that arrives is a danger before it is looked at - closing a file of a hostile file system can
// block - so the kernel is given room for one only where one may come.
#include "clockd/visitors.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/base/fd_message.h"

namespace ntp::clockd {

namespace {

constexpr int most_messages_per_second = 32;
constexpr int most_arrivals_per_second = 64;

}  // namespace

Heard hear(const Visitor& visitor, bool may_hand_in, Message& message) {
  std::array<std::byte, clock_message_size + 1> octets{};
  const std::span<Fd> room{&message.descriptor, may_hand_in ? std::size_t{1} : 0};
  const FdMessage came = receive_with_fds(visitor.socket, octets, room, MSG_DONTWAIT);
  if (came.size < 0 && (errno == EAGAIN || errno == EINTR)) return Heard::nothing;
  if (came.size <= 0) return Heard::gone;  // an empty message can bring a descriptor too
  const auto request = decode_request(Octets{octets}.first(static_cast<std::size_t>(came.size)));
  if (!request) return Heard::nonsense;
  message.request = *request;
  const bool offers = request->operation == ClockOperation::offer_ring;
  if (may_hand_in && (came.is_cut || message.descriptor.is_open() != offers))
    return Heard::nonsense;
  return Heard::message;
}

void answer(const Fd& socket, const ClockReply& reply, int descriptor) {
  send_with_fd(socket, encode(reply), descriptor, MSG_DONTWAIT);
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
