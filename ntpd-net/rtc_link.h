// The line to rtcd: what is known of the hardware clock, pushed by rtcd, for `rtcdata` alone.
// rtcd need not run. Who may set the hardware clock asks rtcd itself: what is passed on
// here is only that its log is to be opened again.
#pragma once

#include <optional>
#include <string>

#include "common/board/rtc_socket.h"
#include "common/os/timers.h"

namespace ntp {

class RtcLink {
 public:
  explicit RtcLink(std::string socket_path) : path_{std::move(socket_path)} { retry_.arm({}); }

  void keep_connected(MonotonicTime now);
  // After the descriptor woke us.
  void hear(MonotonicTime now);
  [[nodiscard]] int fd() const { return socket_ ? socket_->fd().number() : -1; }
  [[nodiscard]] MonotonicTime next_try() const { return retry_.when(); }
  // Where rtcd does not run there is nothing to do. False: it could not be told.
  [[nodiscard]] bool cycle_logs() const {
    return !socket_ || socket_->say(RtcOperation::cycle_logs);
  }
  // nullopt: rtcd does not run or knows nothing.
  [[nodiscard]] const std::optional<RtcTracking>& latest() const { return latest_; }
  [[nodiscard]] bool is_connected() const { return socket_.has_value(); }

 private:
  std::string path_;
  std::optional<RtcSocket> socket_;
  std::optional<RtcTracking> latest_;
  Timer retry_{};
};

}  // namespace ntp
