// Numbers of the noise opinions: value, reason, what breaks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ntp::noise {

enum class Pace : std::uint8_t { slow, fast };              // of learning the noise scale
enum class Tail : std::uint8_t { plain, learns_outliers };  // of the delays

// One opinion of what delays a path makes, relative to one learnt scale per direction.
struct Type {
  double wait = 1;    // mean of a stage of waiting
  double jitter = 0;  // sd of the two-sided part
  int stages = 1;     // of waiting; 0: Gaussian
  Pace pace = Pace::slow;
  Tail tail = Tail::plain;
};

// From sharp one-sided to Gaussian; fast copies for congestion that comes and goes; four that
// learn how many packets their queue spoils, since behind a bottleneck late packets come in
// runs. One type alone costs 10 %, four 1 %, no learner 40 times chrony's error behind a queue;
// fast types that do not learn it cost a quarter there. A tenth type between the second and
// the Gaussian, {0.7, 0.5, 1}, won the evidence from better ones and cost 1 % and 10 % of the time.
inline constexpr std::array<Type, 9> types{{
    {1.0, 0.005, 1},
    {1.0, 0.12, 1},
    {0.0, 1.0, 0},
    {0.6, 0.02, 2},
    {0.5, 0.02, 3},
    {1.0, 0.01, 1, Pace::fast, Tail::learns_outliers},
    {0.6, 0.05, 2, Pace::fast, Tail::learns_outliers},
    {1.0, 0.005, 1, Pace::slow, Tail::learns_outliers},
    {1.0, 0.12, 1, Pace::slow, Tail::learns_outliers},
}};
inline constexpr std::size_t count = types.size();

// Each type starts this much (log evidence) behind the one above it: order is preference.
inline constexpr double start_handicap = 0.3;
// A type's score forgets over 100 samples and falls at most so far behind, so that it can return.
// -15: a spell of queueing brings the Gaussian back within five samples, and with it the belief
// that the oscillator ran away.
inline constexpr double score_memory = 0.99;
inline constexpr double lowest_score = -30;
// Behind by this much a type adds nothing to the published line that anyone could see.
inline constexpr double negligible_score = -10;
// Evidence by which another type must lead before it is called the best.
inline constexpr double lead_to_take_over = 1;

// Gain of the scale: 1.5/(n + 3) at first, then a floor that follows change.
inline constexpr double gain = 1.5;
inline constexpr double seeded_samples = 4;  // worth of a scale taken from a batch
inline constexpr double slow_floor = 0.01;
inline constexpr double fast_floor = 0.045;  // 0.06 followed single queues
// The steepest lesson of one sample: single late packets must not widen the scale (3: a spell's
// width is remembered for hours).
inline constexpr double steepest_gradient = 2;
// Both directions are alike until the data says otherwise: pull of ln(up/down) to zero.
inline constexpr double likeness_at_start = 0.5, likeness_samples = 10, likeness_for_ever = 0.05;
// A slow type with a learnt tail holds the directions alike within this factor: what one has more
// is its queue, that is, outliers. Free, it took a queue that stood since the start for noise, and
// the rare packet that found the queue empty said nothing (7 times chrony's error).
inline constexpr double most_unlike = 2;
// A Gaussian within this factor: what makes one direction so much noisier is a queue, which has a
// least delay and no middle. Free, it took the middle of a buffer's second spell for the path,
// since its noise hid how early the packets between the spells were: 44 ms astray. 40: behind 3 ms
// of waits one way and 100 us the other, 6 of 100 starts were off by 0.7 ms or more for hours.
inline constexpr double most_unlike_gaussian = 5;
// In the first so many samples, a packet that came up to so many waits before it could widens what
// is known of the base, until it is no more than so many sd early. Without, such a packet was an
// outlier: behind 3 ms of waits one way and 0.1 ms the other, 2 of 100 starts stayed a millisecond
// off, and the error was 2.5 times as large. For ever: 1.6 % more error in the recordings. 2 sd:
// less error there, but 3 to 7 % more after a rate's step and among liars that drift.
inline constexpr int young = 60;
inline constexpr double early_waits = 3, believable_sds = 3;
// Types with a learnt tail learn little from a packet that is probably an outlier.
inline constexpr double least_lesson = 0.05;

// Learnt outliers: share moves by this much a packet, inside these limits; scale likewise. A
// slower share (0.15, 0.6) misses short spells: steal on a virtual machine costs 10 % more.
inline constexpr double share_gain = 0.4, least_share = 0.02, most_share = 0.8;
inline constexpr double scale_gain = 0.1, least_excess = 3;  // in noise sizes

// The first scale, as a share of the round trip, until there is a batch to tell.
inline constexpr double start_scale = 0.03;

}  // namespace ntp::noise
