// clockd's own limits, each with its reason; root's limits (makestep, maxchange, maxdrift,
// maxslewrate) are in Policy.
#pragma once

#include "common/time/instants.h"

namespace ntp::clockd {

// A record is judged within milliseconds of its bell; older ones may be replays.
inline constexpr Nanos most_age{1s};
// A writer that is this far ahead is not the one we knew.
inline constexpr std::uint64_t most_sequence_gap = 1 << 20;
// A line is extrapolated no further than this from where it was pinned.
inline constexpr Nanos most_extrapolation{36h};
inline constexpr Nanos most_interval{36h};
inline constexpr Rate most_bound_growth = ppm(100'000);
// The kernel itself calls itself unsynchronised beyond this.
inline constexpr Nanos most_distance{16s};

// The longest step of time that any record may ask for stays far from 64-bit overflow (2262).
inline constexpr UtcTime earliest_time{std::chrono::seconds{1'793'491'200}};  // 2026-11-01
inline constexpr UtcTime latest_time{std::chrono::seconds{7'258'118'400}};    // 2200-01-01
// The floor is compared with this much grace: it was an estimate too, and may lie on either
// side of a leap second.
inline constexpr Nanos floor_grace{2s};

// The gate of a fresh boot is open for so many obeyed records at least (makestep may say more):
// one burst.
inline constexpr int open_updates = 4;
// Then the oscillator is learnt for an hour: long enough for 1 ppm over a noisy path, short
// enough that a hostile network side gains little by it.
inline constexpr Nanos learning_time{3600s};
// Time constants of the learnt rate, before and after the lock.
inline constexpr Nanos learning_memory{900s};
inline constexpr Nanos locked_memory{3600s};

// The corridor: how far the estimate may stray from the straight line of this boot. At once,
// and what a day adds; together two seconds a day. 1.2 s lets an unannounced leap second pass,
// 0.8 s/day is a lasting change of 9.3 ppm, more than temperature does.
inline constexpr Nanos corridor_half_width{1'200ms};
inline constexpr Rate corridor_growth{0.8 / 86400};
// While learning, the line's own rate is not known yet.
inline constexpr Rate learning_growth = ppm(500);
// The corridor opens no further than this, however long nobody spoke.
inline constexpr Nanos most_corridor{10s};
// Around a leap second that root announced, a line that missed it must not pass.
inline constexpr Nanos leap_corridor{500ms};
inline constexpr Nanos leap_quiet{5s};
// What a suspend may hide: the RTC's grain twice, and its drift.
inline constexpr Nanos sleep_grace{2s};
inline constexpr Rate sleep_drift = ppm(200);

// After the lock: distance from the learnt rate. What a wrong rate does to time is the corridor's
// matter, and a hold-over's is held_rate. A crystal beside a fan leaves 10 ppm within hours: every
// record was refused then, and the clock ran away by milliseconds. So it did with a limit of 5 ppm
// from one record to the next when a crystal jumped by 16; a hostile side goes there in steps.
inline constexpr Rate most_rate_distance = ppm(50);

// No maxdrift given: no working oscillator is further off.
inline constexpr Rate usual_most_rate = ppm(500);

// Records looked at in a second; orders are at least a second apart in any case.
inline constexpr int most_records_per_second = 16;
inline constexpr Nanos least_order_gap{1s};

// No obeyed record for three poll intervals: hold over. Not before four minutes, because a
// burst's interval of 2 s says nothing of the polls that follow it.
inline constexpr int silent_intervals = 3;
inline constexpr Nanos least_silence{240s};

}  // namespace ntp::clockd
