// The few words between the client role and the supervisor, one fixed-size message each: the
// client role may open no file, so the supervisor keeps the drift file and reads configuration
// again. Either end may die; the other notices.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"

namespace ntp {

enum class OfficeWord : std::uint32_t {
  ready = 1,         // client: sources started
  keep_drift = 2,    // client: `first` frequency, `second` skew, both 1e-15
  read_sources = 3,  // client: read the source directories; supervisor: here they are (fd)
  finish = 4,        // client: the work is done, `first` is the exit code; supervisor: end
  cycle_logs = 5,    // client: open the log files again
  log_file = 6,      // supervisor: here is log `first` (ntpd-net/logs.h), from now on (fd)
  dump = 7,   // client: `first` octets of samples, `second` of keys are in dump_file.h's room
  leaps = 8,  // supervisor: the leap seconds' file (fd), from now on
  // A reload (ntpd-net/reload.h, ntpd-net/rereading.h).
  read_keys = 20,      // client: read the key file again
  keys = 21,           // supervisor: the key file (fd), from now on
  read_all = 22,       // client: ReloadAction `first`, digest and programs in `second`
  configuration = 23,  // supervisor: what that came to (fd, see rereading.h)
  adopted = 24,        // client: the new configuration is in force here
};

struct OfficeMessage {
  OfficeWord word{};
  std::uint32_t zero = 0;
  std::int64_t first = 0;
  std::int64_t second = 0;
};

class Office {
 public:
  Office() = default;
  explicit Office(Fd channel) : channel_{std::move(channel)} {}

  // Never blocks; a message that cannot be sent is lost (false).
  bool say(const OfficeMessage& message);
  bool say(const OfficeMessage& message, const Fd& attached);

  struct Heard {
    OfficeMessage message{};
    Fd attached{};
  };
  // The next message; nullopt when there is none. `is_gone` after the other end hung up.
  [[nodiscard]] std::optional<Heard> hear();
  [[nodiscard]] bool is_gone() const { return gone_; }
  [[nodiscard]] int fd() const { return channel_.number(); }

 private:
  Fd channel_;
  bool gone_ = false;
};

}  // namespace ntp
