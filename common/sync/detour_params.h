// Numbers of the detours: value, reason, what breaks. They were found with 60 worlds of queues,
// flaps, boxes and reroutes with random numbers, beside chronyd, and looked at with 96 more.
#pragma once

#include <cstddef>

namespace ntp::detour {

// So many late samples of one level, of the last `kept` that had none, are a way. A queue of 30
// waits never made one in 2000 samples; a full buffer whose own noise is 10 waits did.
inline constexpr std::size_t kept = 16, of_late = 8;
// A level stands so clear of the known path, in waits, and is as sharp: its spread (median over
// minimum), in waits. Clear by 6 alone, the tail of a queue was taken for a way of 0.1 ms, and
// doubled the error.
inline constexpr double clear = 12, most_spread = 2;
// Samples nearer together than this, s, may be in one queue, which is then as sharp as a way: the
// start's were, and the clock went 4 ms astray.
inline constexpr double apart = 45;
// Two levels in turn: so many samples on each, so many of their ranges apart, and so many changes
// from one to the other. A full buffer has the gap but not the sharpness; a single visit is told
// better by the line before it.
inline constexpr std::size_t of_group = 5;
inline constexpr double gap = 5;
inline constexpr int turns = 3;
// A spread of 8 in waits of one exponential direction.
inline constexpr double waits_of_spread = 1.3;

// What a sample adds to the level's noise scale: learnt from five, it may be a quarter of it.
inline constexpr double wait_gain = 0.06;

// A sample of a level is no earlier than so many waits and no later; divided like it within so
// many waits and sd. One that is earlier, of no other level, says that it was a queue's. Never
// forgotten, the levels of a full buffer led the clock astray for hours: `full_buffer_sharp` was at
// 2.8 times chronyd's error in the median of 20 seeds, not at 0.66.
inline constexpr double most_early = 1, most_late = 6, same_waits = 0.5, same_sds = 4;
// A level within so many waits of the known path is also what chance makes of that: the way is
// taken after so many samples in a row.
inline constexpr double plain = 10;
inline constexpr int hidden_run = 3;

// What is learnt beside a known level replaces it, unless that was taken among so many samples and
// is the lower one: then it is the same with a queue, and made two ways of one, 0.3 ms apart.
inline constexpr int in_use = 16;

// Not a way until its division is known to this share of the rise.
inline constexpr double most_doubt = 0.1;
// Within so many sd both directions are alike, or one is where it was; and exactly so if the doubt
// is less than so many waits. Exact at any doubt, a way learnt in the first minutes was wrong by
// half a millisecond for ever; never exact, a lasting detour costs half as much again.
inline constexpr double simple_sds = 1.5, exact_waits = 0.5, inexact_share = 0.003;
// The division as measured by a run of samples, in waits, beside what the line is off by.
inline constexpr double division_share = 0.35;

// A level falls with what is seen, by so many waits a sample and in all; it rests on at most so
// many samples.
inline constexpr double fall = 0.2, most_fall = 3;
inline constexpr int most_samples = 200;

}  // namespace ntp::detour
