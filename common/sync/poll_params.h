// Numbers of poll control: value, reason, what breaks.
#pragma once

#include "common/time/instants.h"

namespace ntp::poll {

inline constexpr Nanos burst_gap = 2s;  // as every client has done it; servers allow it
// After a burst a wait is this share (1/n) of the time since it began, until the interval is
// reached: the rate is known by the length of the baseline and the number of samples along it.
inline constexpr Nanos first_wait = 4s;
inline constexpr int baseline_shares = 4;
// After a gap the rate is known; the offset is to be found anew, by a short burst, and the rate
// held against what it is now, by waits of half the interval: what the next gap drifts by is the
// rate at the window's end. Waits that doubled from 120 s on, with a burst of 3, sent 5 to 17 %
// more requests; behind a LAN for 9 to 32 % more error, behind a WAN for 4 to 27 % less (four
// worlds, four seeds each, beside chronyd).
inline constexpr int return_intervals = 2;
// What was not asked for while the link was known to be down is asked for when it is back, each
// this share (1/n) of the gap after the other: a window of half an hour after four hours then has
// 13 requests and not 5, and the clock drifts off by a sixth less until the next.
inline constexpr int shares_of_gap = 80;
// What was asked for early is made up for: waits are longer by this share of the interval until
// then; by less where they pass the maxpoll that the operator chose, unless nobody answers. The
// start's eleven requests are paid for by 44 waits, or 176. With nothing made up for, a plain world
// had 3 to 13 % more requests than chronyd's. By an eighth each, and no more after a loss, links
// that come and go were asked 4 to 12 % more often.
inline constexpr double paid_each_wait = 0.25, paid_at_maxpoll = 0.0625;
// The start ends when the full interval adds no more than this to a fresh sample's deviation.
inline constexpr double start_deviations = 1.3;

// Of the span over which wander adds up to noise. chronyd asks at 0.5 to 0.7 of it behind
// exponential jitter and at 0.9 to 1.3 behind Gaussian, counted without hidden_share. At 1.3
// the world `temperature` has 1.2 times the requests, and a sixth less error.
inline constexpr double share_of_intercept = 1.4;
// What a wait hides, of its sd: packets that hardly waited tell the most.
inline constexpr double hidden_share = 0.45;
inline constexpr double usual_target = 8;  // the polltarget that the share was found with
// log2 of the best interval over the present one that asks for a change. What is believed of the
// wander moves the best one by an octave now and then: with -0.3 for the shorter one, the world
// `quiet_crystal` had 3.7 turns of the interval in the mean (1.0), `temperature` 1.8 (0.1).
inline constexpr double grow_above = 0.7, shrink_below = -0.5;

// Evidence for a longer interval is taken slowly, for a shorter one faster; it fades.
inline constexpr double grow = 0.25, shrink = -0.5, fade = 0.9;
// Where the interval is four times too short, as after a start, and the line is known so much
// better than one sample tells: in two samples and not four. Four are 5 % more requests in the
// worlds of default polls, more than chronyd sends, and 7 % less error. With 0.7 for 0.65 the world
// `rate_step` has a tenth more error.
inline constexpr double grow_far = 0.5, far_above = 2, sure = 0.65;
// A line that is known worse than one sample tells it had no good one lately: its packets wait in
// queues, and more of them find an empty one. At the full pace the interval was 1024 s after ten
// samples of a queue, and the clock a millisecond off for hours (114 random worlds at default
// polls, beside chronyd: 9 % more error, with 0.86 of its requests and not 0.94).
inline constexpr double grow_unsure = 0.0625;
// A server that does not answer is asked less and less: nothing of use came for so many requests,
// as many as the reachability register holds.
inline constexpr int unreachable = 8;
inline constexpr double grow_on_loss = 0.25;
// One that answers a part of the requests, learnt with this gain, is asked less by the square of
// that part. The world `heavy_loss` with 0, 20 and 40 % lost then has 1.09, 0.96 and 1.13 of
// chronyd's requests for 0.42, 0.42 and 0.43 of its error; with 60 %, 1.45 for 0.26. When each loss
// counted as one of the above, growth and budget fought: it had up to 14 turns of the interval.
inline constexpr double powers_of_answered = 2;
inline constexpr double answered_gain = 1.0 / 32;

// Surprise (in sd) that shortens the interval at once: the oscillator or the source changed.
inline constexpr double surprise = 5, great_surprise = 10;

// News of another source: asked at once, unless this share (1/n) of the interval has not passed
// since the last request, or so many requests are owed (a start's are eleven): a source that
// surprises each time does not have the others asked for ever more. 48 random worlds with near and
// far servers and jumps of the crystal have 0.20 of chronyd's error; with nobody asked 0.28, with
// nobody asked again when it was to be his turn 0.24.
inline constexpr int share_before_news = 16;
inline constexpr double most_owed = 16;

// A link is "back" after this many missed intervals; a burst then, since its line is old.
inline constexpr int gap_intervals = 5;
inline constexpr int return_good = 2, return_requests = 4;
inline constexpr int start_good = 4, start_requests = 8;

}  // namespace ntp::poll
