// Numbers of a source's line and of the watch over its path: value, reason, what breaks.
#pragma once

#include <array>
#include <cstddef>

namespace ntp::line {

// Random walk of the base delay per sample, in noise scales: paths age. 1e-3 costs 12 %.
inline constexpr double base_wander = 3.2e-3;

// The first exchanges are taken again from scratch, up to this many, with a noise scale from the
// spread of their round trips, and together: errors fall by half until 100 s, then by a third.
inline constexpr std::size_t first_exchanges = 16;
struct Restart {
  std::size_t samples;
  double spread_in_scales;  // E[mean - min] of that many sums of two waits of scale 1
};
inline constexpr std::array<Restart, 6> restarts{
    {{3, 1.07}, {4, 1.25}, {6, 1.43}, {8, 1.54}, {12, 1.63}, {16, 1.70}}};
// From so many on they are also taken together (expectation_propagation.h).
inline constexpr std::size_t least_together = 3;
// From so many exchanges on each direction is looked at by itself. One that is so much sharper than
// both together starts with its own scale: the other has a queue. With one scale for both, a start
// behind a queue of 190 ms did not see that the way up told the time to 0.2 ms.
inline constexpr std::size_t least_for_ways = 6;
inline constexpr double sharper_way = 0.25;
// The first exchange alone against so many, itself included, that agree with each other is
// dropped; a rate may be this far from what is known of it. Kept: a first answer that was 21 s
// wrong outvoted the three after it for a minute.
inline constexpr std::size_t least_agreement = 3;
inline constexpr double most_rate_error = 5e-4;
// A rate from the last run is dropped when the first exchanges contradict it by so many sd: the
// file may be another machine's. What is assumed without one, sd.
inline constexpr double refuting_sds = 3.5;
inline constexpr double ignorant_rate_deviation = 5e-5;
// Two paths among the first exchanges: so many took each, and they are so many of their spreads
// apart. Taken for one path's noise, a flapping route hid its own levels for a day.
inline constexpr std::size_t least_of_path = 3;
inline constexpr double gap_in_spreads = 5;
// An opinion is refuted by a packet that came so many sd before it could. One that took a full
// buffer for the path lived on for hours, until the next queue gave it the lead: 90 ms astray. 12:
// of buffers spread by 20 ms and seldom empty, one in twenty still led astray, by 1 to 15 ms.
inline constexpr double refuting_earliness = 6;
// The spread of a batch is not believed below this share of its least round trip.
inline constexpr double least_batch_scale = 2e-4;

}  // namespace ntp::line

namespace ntp::path {

// Samples before the watch believes its own noise scale.
inline constexpr int samples_to_learn = 6;
// A run of so many late samples is looked at: fewer are bursts, more lose time.
inline constexpr std::size_t run = 8;
// Late: an excess over the base round trip beyond so many waits and jitters. An exponential
// passes it once in 25; a whole run of 8 by chance never.
inline constexpr double late_waits = 3.2, late_jitters = 4;
// So many delays in a row tell how sharp a direction is now; their spread (median over minimum) is
// this many noise scales. A scale so many times larger is what a queue left behind, which would
// take hours to shrink by itself and hide the next queue; by chance once in 50,000 samples.
inline constexpr std::size_t sharp_run = 12;
inline constexpr double scales_of_spread = 0.74;
inline constexpr double stale_scale = 12, fresh_scale = 2;
// What was learnt under the stale scale is worth so many samples of it.
inline constexpr double stale_samples = 6;
// The least of as many delays is late by more than so many of their scale never by chance. An
// opinion to which one direction is late for ever lives beside the truth: its base is too low.
inline constexpr double all_late = 2.5;
// The common line goes with a base that is off by more than so many of its deviations; what is
// less is within what it says of itself.
inline constexpr double joint_doubt = 3;
// A lasting change stands clear of jitter (in its sd) and of what we do not know of the base.
inline constexpr double clear_jitters = 8.5, clear_bases = 6;
// A new path is as sharp as the old one, a queue is not: the run's spread (median over
// minimum) is below a third of the rise and below so many of the old scale.
inline constexpr double rise_in_spreads = 3, most_scales_of_spread = 3;
// One direction only: the directions differ by most of the change, and significantly.
inline constexpr double one_way_share = 0.6;
inline constexpr double significant = 6;  // sd of the offset
inline constexpr double significant_waits = 2, even_waits = 3;
// The least delays of both directions make up the least round trip, within so many waits.
inline constexpr double coherent_waits = 1.5;
// A fall of the base: so many sd of the base and jitter below it.
inline constexpr double fall_sds = 6;
// The clock itself stepped: so many sd of the most agile filter, so many times in a row.
inline constexpr double step_sds = 12, step_run = 3;
// While a run is open, the old line is published as long as it is this much better than the rise.
inline constexpr std::size_t doubtful_run = 2;
inline constexpr double rise_in_old_sds = 8;
// So long a run of late samples, the normal one that ends it included, is forgotten when that one
// agrees with what was known before, and the offset's variance was so many times smaller by that.
inline constexpr std::size_t late_run = 4;
inline constexpr double late_run_sds = 3, late_run_worse = 4;

}  // namespace ntp::path
