// One `refclock` line at work: its driver, the filter of its looks, what was refused and why. Turns
// looks into samples for the ring. Knows no ring and no socket.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "common/board/reference_sample.h"
#include "common/os/timers.h"
#include "refclockd/history.h"
#include "refclockd/look.h"
#include "refclockd/window.h"

namespace ntp::refclockd {

// Why a look made no sample, beyond the driver's own reasons (Nothing).
enum class Refused : std::uint8_t {
  unplaced,      // its stamp is too old, in the future or near a step of the system clock
  out_of_order,  // not newer than the one before
  unlocked,      // a pulse whose partner (itself if `local`) has no fresh sample near enough
  no_tai,        // `tai` and nobody has told the kernel the TAI offset
  dispersed,     // `maxdispersion`
};
inline constexpr std::size_t refused_kinds = 5, nothing_kinds = 5;

// The looks of one poll interval; unnumbered pulses have one for each edge.
struct Edge {
  Window window;
  std::optional<Placed> last{};
  std::array<Placed, 3> means{};  // of the samples before, newest first
  std::size_t mean_count = 0;
};

struct Clock {
  Clock(const RefclockSettings& settings, std::size_t line);

  RefclockSettings settings;
  std::uint32_t line;
  std::uint32_t refid;
  int locked_to = -1;  // index of the partner; -1: none
  std::unique_ptr<Driver> driver{};
  std::array<Edge, 2> edges;
  std::optional<Placed> last{};   // newest believed look, numbered
  bool last_is_complete = false;  // not a mere pulse
  Leap leap = Leap::none;
  Timer look_at{}, sample_at{};
  std::array<std::uint64_t, nothing_kinds> nothings{};
  std::array<std::uint64_t, refused_kinds> refusals{};
  std::uint64_t looks = 0, samples = 0;
  int looks_since_sample = 0;  // before the newest, of this poll interval
};

// An error names the line and what would be right. REQUIRES: see look.h. `all` are the lines of
// the configuration, for `lock`; what a hardware clock `keeps` unless the line says it.
[[nodiscard]] Result<Clock> open_clock(std::span<const RefclockSettings> all, std::size_t line,
                                       RtcKeeps keeps);

// Takes one look in: placed on the raw clock, numbered by `partner` if it is locked to one, put
// into the window. `tai` is TAI minus UTC in seconds, 0 unknown.
[[nodiscard]] std::expected<void, Refused> take(Clock& clock, const Look& look,
                                                const History& history, const Clock* partner,
                                                int tai);

// The window's sample, when there is one; the sequence is the caller's to fill.
[[nodiscard]] std::optional<ReferenceSample> make_sample(Clock& clock, std::size_t edge = 0);

[[nodiscard]] bool is_pulse(const Clock& clock, const Look& look);
[[nodiscard]] Nanos pulse_interval(const RefclockSettings& settings);
[[nodiscard]] Nanos precision_of(const RefclockSettings& settings);

[[nodiscard]] Nanos look_interval(const Clock& clock);    // dpoll
[[nodiscard]] Nanos sample_interval(const Clock& clock);  // poll

}  // namespace ntp::refclockd
