// What a machine's clock is set to before anybody has asked a time server: by the hardware clock
// if that is believable, else by the last saved time, and never to before it. Pure: is told
// everything, reads no clock, sets none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/time/instants.h"
#include "rtcd/rtc_line.h"

namespace ntp::rtcd {

// No machine that runs this lives earlier; a clock that shows less has lost its time.
inline constexpr UtcTime least_time{Nanos{INT64_C(1'735'689'600'000'000'000)}};  // 2025-01-01
// A hardware clock that far ahead of the last saved time is wrong, not patient.
inline constexpr Nanos longest_absence = std::chrono::hours{24 * 365 * 10};
// Without a saved time: ahead of least_time. Past it a dead clock's favourite, 2099, begins.
inline constexpr Nanos longest_shelf_life = std::chrono::hours{24 * 365 * 50};

// What the hardware clock said.
struct RtcReading {
  UtcTime shown{};           // its own count, as UTC
  SystemTime system{};       // CLOCK_REALTIME at the same instant
  Nanos uncertainty{0};      // of `shown` against `system`, >= 0
  bool low_battery = false;  // it says itself that it lost power
};

struct BootFacts {
  SystemTime system{};              // CLOCK_REALTIME now
  std::optional<RtcReading> rtc{};  // nullopt: there is none, or it cannot be read
  std::optional<UtcTime> saved{};   // the last time that was known here
  std::optional<RtcLine> line{};    // how the hardware clock drifts, if that was measured
  bool is_first_of_boot = true;     // nobody has looked since the machine started
  bool is_synchronised = false;     // clockd follows an estimate: leave it alone
  bool always = false;              // -s: set it even when it looks sane
};

enum class Guess : std::uint8_t {
  leave,  // the clock shows a possible time and nothing here knows better
  from_rtc,
  from_saved,
};

// Why the hardware clock is not believed.
enum class RtcDoubt : std::uint8_t { none, low_battery, too_old, before_saved, too_far };
[[nodiscard]] RtcDoubt doubt(const RtcReading& reading, std::optional<UtcTime> saved);

struct BootDecision {
  Guess guess = Guess::leave;
  Nanos advance{0};   // to add to CLOCK_REALTIME
  std::string why{};  // one line for the log; empty: nothing to say
  RtcDoubt refused = RtcDoubt::none;
};

[[nodiscard]] BootDecision decide(const BootFacts& facts);

}  // namespace ntp::rtcd
