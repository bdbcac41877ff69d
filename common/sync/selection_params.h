// Numbers of selection, combination and settling: value, reason, what breaks.
#pragma once

#include <cstddef>

#include "common/time/instants.h"

namespace ntp::selection {

// Samples before a source may vote. At a start two are enough if they agree: with three the first
// correction came 2 s later, and a slewed start had forty times chrony's error by then. Two that
// contradict each other by more than so many sd beyond what their delays excuse wait for a third.
// Among sources of which one has so many samples already a newcomer needs three: nothing hurries.
inline constexpr int least_samples = 3, least_at_start = 2;
inline constexpr double contradiction = 5;
inline constexpr int established = 8;

// Half width of a source's interval beyond its path and root distance, in sd of its line.
inline constexpr double interval_sds = 3;

// A server's drift against the others together, in sd: out above, back below. Every sample of each
// source is tested, and each test looks for eight drifts. With 3.5 sd, 96 random worlds with
// several sources have 4 % more error; with 6, 42 in which a near server begins to drift late have
// 5 % more.
inline constexpr double drift_out = 4.5, drift_back = 2;
// So much larger is its square than any other server's: blame that is seven to one (2 ln 7). With 0
// the random worlds have 7 % more error, with 9 the late drifters 4 %.
inline constexpr double drift_margin = 4;
// Samples of the rarer in the same time as the other's. What is known of the noise counts as so
// many more: by their scatter alone, few samples are by chance too sure of themselves.
inline constexpr std::size_t least_drift_samples = 5;
inline constexpr double known_samples = 20;
// Share of a line's bend by which what is drawn between two samples may be wrong. With none (0)
// sharp servers are accused when the crystal jumps: the world `lan_jumps` has 1.6 times the error,
// random ones like it up to 40 times. The late drifters have 2 % more for it.
inline constexpr double bend_share = 0.25;
// Each sample compares with so many others at most, and trusts no scatter below this (s).
inline constexpr std::size_t most_compared = 8;
inline constexpr double least_scatter = 2e-8;
// So many of the newest are compared, and so many of which each is the sharpest of so long. The
// newest span half an hour of a source that is asked each minute, and one that is asked every 1024
// s has two in it: without the others the late drifters have 1.5 times the error, with them
// alone 1.1.
inline constexpr std::size_t newest_compared = 32, sparse_compared = 20;
inline constexpr Nanos sparse_gap = 500s;

// The reference changes only after another has been nearer for a while: score times
// (reference's distance / its own) per sample, takes over at this.
inline constexpr double score_to_lead = 10;
// Under `combinelimit` another source leads once it is so many times nearer.
inline constexpr double far_nearer = 2;

}  // namespace ntp::selection

namespace ntp::joint {

// One joint model, no bank: the wander is the mean of the sources' own, by sharpness, times this.
// Estimated jointly, a drifting server looks like wander. With 2 the world `liar_and_drifter` has
// 4 % more error, `queue_pool` 3 %; others have less of the rate.
inline constexpr double wander_boost = 3;
// Prior sd of each path's asymmetry, as a share of its base delay.
inline constexpr double asymmetry_share = 0.02;
// From so many paths on, what they show of each other tells how much to expect of what nobody sees.
// By the prior alone four sharp paths claimed eight times their error.
inline constexpr int paths_to_compare = 3;
// A sample that its delay cannot excuse by so many sd is ignored; three in a row drop the
// source, and it returns with a fresh path after so many samples of its own. At 6 what two sources
// say of a crystal that jumped may pass and be taken for outliers, one after the other: 4 % more
// error in the world `near_and_far_pair`, 3 % over 48 random worlds with jumps.
inline constexpr double gate_sds = 5, gate_gaussian_jitters = 3;
inline constexpr int gate_after = 8, gate_drops = 3, quarantine = 8;
inline constexpr int quarantine_after = 16;
// Share of packets that are too early for the common line: of a server that drifts or whose path is
// more lopsided than we think. As rare as on a line of its own, one sample of a drifter with 2 ms
// of noise dragged the line by 0.7 ms and 0.2 ppm, and the honest ones were shown the door.
inline constexpr double early_share = 1e-3;
// A line that differs from the common one by so many sd is not averaged with it.
inline constexpr double merge_sds = 4;
// A new member's base delay is known this many noise scales worse than its own line says.
inline constexpr double base_doubt = 0.2;

// With all places taken a newcomer must be so many times less vague than the vaguest member:
// less would swap like sources for ever.
inline constexpr double far_more = 2;

// Published worst case, where exchanges prove no less (proven_span.h): so many sd beyond the path's
// own asymmetry, and so many of the rate as it ages, beside maxclockerror. At 3 of the rate the
// world `intermittent` has a bound a twentieth wider, and wider than chronyd's.
inline constexpr double bound_sds = 6, bound_rate_sds = 1.25;
// What is proven rests on the rate alone, sample after sample.
inline constexpr double proven_rate_sds = 3;
// What the reports, the drift file and maxupdateskew call skew: 95 %, as chronyd's.
inline constexpr double skew_sds = 2;

}  // namespace ntp::joint

namespace ntp::settling {

// From so many samples of the source that has most to so many, what may be noise takes up to so
// many intervals to go, and one later. At one from the start, the clock was within 1 ppm after 0.8
// of chrony's time, not 0.5, and had a sixth less error from 300 to 1000 s. From the first sample
// on: a quarter more error from 30 to 300 s.
inline constexpr int first_sample = 9, end_sample = 40;
inline constexpr int intervals = 12;
inline constexpr Nanos most = 1024s;  // the servo takes no longer

}  // namespace ntp::settling
