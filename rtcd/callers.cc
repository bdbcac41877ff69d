// A caller that talks nonsense is hung up on, one that does not read loses what it does not read.
#include "rtcd/callers.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ntp::rtcd {
namespace {

RtcReply tracking_reply(const RtcWord& word) {
  if (!word.known) return {.answer = RtcAnswer::no_rtc, .refused = word.refused};
  return {.answer = RtcAnswer::tracking, .tracking = *word.known, .refused = word.refused};
}

}  // namespace

std::size_t Callers::watch(std::span<pollfd> fds) const {
  std::size_t count = 0;
  const auto add = [&](const Fd& fd) {
    if (fd.is_open()) fds[count++] = {.fd = fd.number(), .events = POLLIN, .revents = 0};
  };
  add(listening_);
  for (const Caller& caller : callers_) add(caller.socket);
  return count;
}

void Callers::accept_one() {
  if (!listening_.is_open()) return;
  Fd visitor{::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!visitor.is_open()) return;
  const auto place =
      std::ranges::find_if(callers_, [](const Caller& caller) { return !caller.socket.is_open(); });
  ucred who{};
  socklen_t size = sizeof who;
  if (place == callers_.end() ||
      ::getsockopt(visitor.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
    return;
  }
  *place = {.socket = std::move(visitor), .is_root = who.uid == 0};
}

std::optional<RtcOperation> Callers::hear(Caller& caller) {
  if (!caller.socket.is_open()) return std::nullopt;
  std::array<std::byte, rtc_message_size + 1> octets;
  const ssize_t size = ::read(caller.socket.number(), octets.data(), octets.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  const auto operation =
      size <= 0 ? std::nullopt
                : decode_rtc_operation(Octets{octets}.first(static_cast<std::size_t>(size)));
  if (!operation) caller = {};
  return operation;
}

void Callers::say(Caller& caller, const RtcReply& reply) {
  const RtcMessage message = encode(reply);
  if (::write(caller.socket.number(), message.data(), message.size()) < 0 && errno != EAGAIN)
    caller = {};
}

std::optional<Callers::Command> Callers::next(const RtcWord& word) {
  accept_one();
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    Caller& caller = callers_[i];
    const auto operation = hear(caller);
    if (!operation) continue;
    if (*operation == RtcOperation::observe) {
      caller.observes = true;
      say(caller, tracking_reply(word));
    } else if (!caller.is_root && *operation != RtcOperation::cycle_logs) {
      say(caller, {.answer = RtcAnswer::not_allowed});
    } else {
      return Command{i, *operation};
    }
  }
  return std::nullopt;
}

void Callers::answer(const Command& command, RtcAnswer answer) {
  if (callers_[command.caller].socket.is_open()) say(callers_[command.caller], {.answer = answer});
}

void Callers::tell_observers(const RtcWord& word) {
  for (Caller& caller : callers_) {
    if (caller.socket.is_open() && caller.observes) say(caller, tracking_reply(word));
  }
}

}  // namespace ntp::rtcd
