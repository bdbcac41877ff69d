// The real clockd, running -x without CAP_SYS_TIME in a directory of its own, for tests that
// attack it. Starts it, reads its log and its /proc, ends it. Changes no clock.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/board/clock_socket.h"
#include "common/board/estimate_board.h"
#include "common/board/status_board.h"

namespace ntp::hostile {

class ClockdProcess {
 public:
  // `before`: words in front of the program (strace and its options); `lines`: configuration.
  static Result<ClockdProcess> start(const std::vector<std::string>& lines,
                                     const std::vector<std::string>& before = {});
  ClockdProcess(ClockdProcess&& other) noexcept;
  ClockdProcess& operator=(ClockdProcess&&) = delete;
  ~ClockdProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string socket_path() const { return clock_socket_path(folder_ + "/run"); }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string log() const;
  // A line of /proc/PID/status: "CapEff" -> "0000000000000000".
  [[nodiscard]] std::string status_of(const std::string& field) const;
  [[nodiscard]] double cpu_seconds() const;
  [[nodiscard]] int open_descriptors() const;
  [[nodiscard]] bool is_alive() const;
  // SIGTERM and wait: the exit status as waitpid gives it.
  [[nodiscard]] int stop();

  // The newest status that clockd shows.
  [[nodiscard]] Result<StatusRecord> status() const;

 private:
  ClockdProcess() = default;
  std::string folder_;
  pid_t child_ = -1;  // what we forked: clockd, or the word before it
  pid_t pid_ = -1;    // clockd
};

// A record that an honest network side could publish now.
[[nodiscard]] EstimateRecord honest_record(std::uint64_t session, std::uint64_t sequence,
                                           Nanos error = Nanos{0});

// Waits until `condition` or two seconds.
template <typename Condition>
[[nodiscard]] bool wait_for(Condition condition);

[[nodiscard]] std::string read_file(const std::string& path);
void sleep_for(Nanos time);

template <typename Condition>
bool wait_for(Condition condition) {
  for (int i = 0; i < 200; ++i) {
    if (condition()) return true;
    sleep_for(10ms);
  }
  return condition();
}

}  // namespace ntp::hostile
