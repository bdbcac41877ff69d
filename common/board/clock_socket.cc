// The client's end of clockd's socket. Not linked into clockd, which has its own end.
#include "common/board/clock_socket.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "common/base/fd_message.h"
#include "common/board/seqpacket.h"

namespace ntp {

namespace {

constexpr timeval patience{.tv_sec = 1, .tv_usec = 0};

Result<void> send_message(const Fd& socket, const ClockMessage& message, int descriptor) {
  if (send_with_fd(socket, message, descriptor) < 0) return system_failure("write to clockd");
  return {};
}

struct Received {
  ClockReply reply;
  Fd descriptor;
};

Result<Received> receive_message(const Fd& socket) {
  std::array<std::byte, clock_message_size + 1> octets{};
  Received received;
  const FdMessage message = receive_with_fds(socket, octets, {&received.descriptor, 1});
  if (message.size < 0) return system_failure("read from clockd");
  if (message.size == 0) return failure("clockd closed the connection");
  received.reply =
      NTP_TRY(decode_reply(Octets{octets}.first(static_cast<std::size_t>(message.size))));
  return received;
}

}  // namespace

const char* describe(ClockAnswer answer) {
  switch (answer) {
    case ClockAnswer::done: return "done";
    case ClockAnswer::not_allowed: return "not allowed for this user";
    case ClockAnswer::malformed: return "clockd did not understand the request";
    case ClockAnswer::no_estimate: return "clockd has no estimate of the time";
    case ClockAnswer::out_of_range: return "value out of range";
    case ClockAnswer::dry_run: return "clockd runs with -x and changes nothing";
    case ClockAnswer::failed: return "the kernel refused to change the clock";
  }
  return "unknown answer";
}

std::string clock_socket_path(const std::string& run_directory) {
  return run_directory + "/clockd/clockd.sock";
}

Result<ClockSocket> ClockSocket::connect(const std::string& path) {
  Fd socket = NTP_TRY(connect_seqpacket(path, Blocking::yes));
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    if (setsockopt(socket.number(), SOL_SOCKET, option, &patience, sizeof patience) != 0) {
      return system_failure("setsockopt");
    }
  }
  return ClockSocket{std::move(socket)};
}

Result<void> ClockSocket::offer(const Fd& ring, std::uint64_t session) {
  const ClockRequest request{ClockOperation::offer_ring, static_cast<std::int64_t>(session), 0};
  NTP_TRY(send_message(socket_, encode(request), ring.number()));
  const auto received = NTP_TRY(receive_message(socket_));
  if (received.reply.answer != ClockAnswer::done) {
    return failure(std::string{"clockd refuses our ring: "} + describe(received.reply.answer));
  }
  return {};
}

Result<Fd> ClockSocket::observe() {
  NTP_TRY(send_message(socket_, encode(ClockRequest{ClockOperation::observe}), -1));
  auto received = NTP_TRY(receive_message(socket_));
  if (received.reply.answer != ClockAnswer::done || !received.descriptor.is_open()) {
    return failure(std::string{"clockd shows no status: "} + describe(received.reply.answer));
  }
  return std::move(received.descriptor);
}

Result<ClockReply> ClockSocket::ask(const ClockRequest& request) {
  NTP_TRY(send_message(socket_, encode(request), -1));
  return NTP_TRY(receive_message(socket_)).reply;
}

bool ClockSocket::ring_bell() {
  const auto message = encode(ClockRequest{ClockOperation::ring_bell});
  const auto sent =
      send(socket_.number(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

}  // namespace ntp
