// The line to clockd: our ring of estimates, handed over once a connection and again whenever
// clockd comes back; and clockd's status page in return. clockd need not run: then nothing is
// handed over and everything else goes on. Decides nothing; what is published is
// ntpd-net/publisher's.
#pragma once

#include <optional>
#include <string>

#include "common/board/clock_socket.h"
#include "common/board/estimate_board.h"
#include "common/board/status_board.h"
#include "common/os/timers.h"

namespace ntp {

class ClockLink {
 public:
  // No line at all: `-x`, or a world where clockd's part runs in the same process and reads
  // the ring itself.
  [[nodiscard]] static Result<ClockLink> create(std::uint64_t session, std::string socket_path);

  // Connects when it is time to; true when the connection is new: hand the last record over again.
  [[nodiscard]] bool keep_connected(MonotonicTime now);
  // The connection's end was seen.
  void disconnect(MonotonicTime now);

  // Numbers the record, puts it in the ring and rings the bell.
  void publish(EstimateRecord record, MonotonicTime now);

  [[nodiscard]] bool is_connected() const { return socket_.has_value(); }
  [[nodiscard]] int fd() const { return socket_ ? socket_->fd().number() : -1; }
  [[nodiscard]] MonotonicTime next_try() const { return retry_.when(); }
  // clockd's newest word; nullopt when it does not run or refused to tell.
  [[nodiscard]] std::optional<StatusRecord> status() const;
  // For a reader in the same process.
  [[nodiscard]] const Fd& ring() const { return ring_.fd(); }
  [[nodiscard]] std::uint64_t session() const { return session_; }

 private:
  ClockLink(EstimateWriter ring, std::uint64_t session, std::string path)
      : ring_{std::move(ring)}, session_{session}, path_{std::move(path)} {}
  [[nodiscard]] Result<ClockSocket> connect();

  EstimateWriter ring_;
  std::uint64_t session_;
  std::uint64_t sequence_ = 0;
  std::string path_;  // empty: never connect
  std::optional<ClockSocket> socket_;
  std::optional<StatusReader> status_;
  Timer retry_{};
  bool complained_ = false;
};

}  // namespace ntp
