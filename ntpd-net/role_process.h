// One role as a child process: a program of ours executed anew, noticed when it dies, started again
// after a while that doubles with every quick death. Its lifeline is a socket pair: the child ends
// when ours closes, we know of its death when its end closes.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/os/timers.h"
#include "ntpd-net/inheritance.h"

namespace ntp {

// Two connected ends for messages between processes; both close in whatever we execute.
[[nodiscard]] Result<std::pair<Fd, Fd>> make_channel();

class RoleProcess {
 public:
  // `name` is "client", "server", "resolver", "signer" or "nts"; the inheritance without its
  // lifeline, which is given as `lifeline_name`; `program` is a path.
  RoleProcess(std::string name, std::string lifeline_name, Inheritance inheritance,
              std::string program = "/proc/self/exe")
      : name_{std::move(name)},
        lifeline_name_{std::move(lifeline_name)},
        inheritance_{std::move(inheritance)},
        program_{std::move(program)} {}

  [[nodiscard]] Result<void> start(MonotonicTime now);
  // After the lifeline hung up: takes the child's end, logs it, arms the restart. Its exit code
  // if it ended by itself.
  std::optional<int> bury(MonotonicTime now);
  // Closes the lifeline, waits `patience`, then kills.
  void end(Nanos patience);

  // What the next start will be given.
  void inherit(Inheritance inheritance) { inheritance_ = std::move(inheritance); }

  [[nodiscard]] bool is_running() const { return pid_ > 0; }
  [[nodiscard]] int fd() const { return lifeline_.number(); }
  [[nodiscard]] Fd& lifeline() { return lifeline_; }
  [[nodiscard]] const Timer& restart() const { return restart_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::string lifeline_name_;
  Inheritance inheritance_;
  std::string program_;
  Fd lifeline_;
  pid_t pid_ = -1;
  MonotonicTime started_{};
  Nanos backoff_{0};
  Timer restart_{};
};

}  // namespace ntp
