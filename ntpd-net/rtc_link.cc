// See rtc_link.h.
#include "ntpd-net/rtc_link.h"

namespace ntp {
namespace {

constexpr Nanos retry_interval = 5s;

}  // namespace

void RtcLink::keep_connected(MonotonicTime now) {
  if (socket_ || !retry_.is_due(now)) return;
  auto socket = RtcSocket::ask(path_, RtcOperation::observe);
  if (socket) {
    socket_.emplace(*std::move(socket));
    retry_.disarm();
  } else {
    retry_.arm(now + retry_interval);
  }
}

void RtcLink::hear(MonotonicTime now) {
  while (socket_) {
    const auto reply = socket_->take();
    if (!reply) {
      socket_.reset();
      latest_.reset();
      retry_.arm(now + retry_interval);
    } else if (!*reply) {
      return;
    } else if ((*reply)->answer == RtcAnswer::tracking) {
      latest_ = (*reply)->tracking;
    } else if ((*reply)->answer == RtcAnswer::no_rtc) {
      latest_.reset();
    }
  }
}

}  // namespace ntp
