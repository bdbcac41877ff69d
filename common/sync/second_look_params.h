// Numbers of the second look: value, reason, what breaks. They were found with 200 seeds each of
// eight worlds of flaps, boxes and queues, and 240 random worlds that are not in the tree.
#pragma once

#include <cstddef>

namespace ntp::second_look {

// So many packets are remembered, each at least so long, s, after the one before: what is nearer
// may have waited in one queue.
inline constexpr std::size_t kept = 64;
inline constexpr double apart = 45;
// Looked at from so many on.
inline constexpr std::size_t least = 16;
// The quick ones: the quickest of so many packets (1/n), or so many at least, and what came within
// so many of their spreads (the slowest's round trip over the quickest's). Twelfths: half a percent
// less error (16 scenarios, 200 seeds each), but a line right within its jitter was refuted, which
// SecondLookTest.ALineThatIsRightIsLeftAlone shows. A reach of 3: the same.
inline constexpr std::size_t share = 8, least_quick = 4;
inline constexpr double reach = 1.5;
// They are no less sharp than the path is known to be, in its noise scales. Without: an evening's
// queue, whose quickest packets agree as well, led the clock 2.4 ms astray, and not 15 us.
inline constexpr double most_spread = 1;
// The line is refuted by so many spreads, and so many of their sd, of the quick ones. 2: 5 % more
// error on a route that flaps behind a queue.
inline constexpr double refuting = 1.5;
// Since the last quick one all packets were late enough to have led the line astray by that: by
// half of what they were late, and a little more. 0: a clock's step in a start was taken back.
inline constexpr double late_enough = 1.6;
// The rate may have wandered by so much since, s^-1/2. 0: after a rate's step, or a link's gap,
// the line was taken back to where the quick ones before it would have led.
inline constexpr double wander = 3e-8;

}  // namespace ntp::second_look
