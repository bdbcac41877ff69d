// What rtcd does while the machine runs: when to save the time, when to write the hardware
// clock, when to measure it. Pure: is told the time and what clockd says, does nothing itself.
#pragma once

#include <optional>

#include "common/time/instants.h"
#include "rtcd/store.h"

namespace ntp::rtcd {

// Who writes the hardware clock.
enum class Owner : std::uint8_t {
  kernel,  // rtcsync: the kernel copies every 11 minutes; we write once, at stop
  us,      // neither rtcsync nor rtcfile: we write every 11 minutes and at stop
  nobody,  // rtcfile: it runs free and is measured; we write only when it is too far off
};

inline constexpr Nanos period = 11min;     // the kernel's own
inline constexpr Nanos first_after = 30s;  // of trust: a clock just synchronised is written soon

struct Duties {
  bool save = false;     // the system time to the store
  bool write = false;    // the hardware clock
  bool measure = false;  // the hardware clock against the system clock
  constexpr bool operator==(const Duties&) const = default;
};

struct KeeperFacts {
  RawTime now{};
  SystemTime system{};
  bool is_trusted = false;  // clockd says that the system clock is right
  bool is_stopping = false;
  std::optional<Nanos> rtc_error{};  // as last measured or predicted; for `autotrim`
};

class Keeper {
 public:
  // `autotrim`: with Owner::nobody the error from which on the clock is set; 0 = never.
  Keeper(Owner owner, Nanos autotrim) : owner_{owner}, autotrim_{autotrim} {}

  // What is due now. `saved` is the time in the store: an unsynchronised clock moves it forward
  // only, and only as far as time has really passed since the last look.
  [[nodiscard]] Duties duties(const KeeperFacts& facts, std::optional<UtcTime> saved);

 private:
  [[nodiscard]] bool is_due(const KeeperFacts& facts);
  [[nodiscard]] bool may_save(const KeeperFacts& facts, std::optional<UtcTime> saved) const;
  [[nodiscard]] bool wants_write(const KeeperFacts& facts) const;

  Owner owner_;
  Nanos autotrim_;
  std::optional<RawTime> last_;  // when duties were last given out
  std::optional<RawTime> trusted_since_;
  bool was_trusted_ = false;  // at the last duties
};

}  // namespace ntp::rtcd
