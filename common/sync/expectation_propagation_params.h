// Numbers of expectation propagation: value, reason, what breaks.
#pragma once

#include <array>

namespace ntp::propagation {

// Jitter is at least this share of a wait, pass by pass: where a wait begins is an edge, and edges
// that are looked at one after the other swing about the answer. At the jitter itself, one start of
// 300 was 0.7 ms off behind 100 us of waits.
inline constexpr std::array<double, 4> softness{0.4, 0.2, 0.1, 0.05};
// Of what is known along a direction, the others must add this share, else they tell nothing:
// keeps the division sound.
inline constexpr double least_left = 1e-6;
// What looks like an outlier to all others may be what holds the line: where the belief's variance
// is so many times larger without it, it stays as it is. Without, 4 of 400 starts of four exchanges
// went off by up to seven seconds.
inline constexpr double held = 10;
// What is so many sd from where one exchange after the other led was led astray by noise of
// another kind, and is not taken. Without, 144 random worlds have 5 to 8 % more error in the first
// five minutes, and are 4 % later within 1 ppm.
inline constexpr double most_sds = 4;
// Where wander moves the offset by so many noise sizes over the batch, a bend no longer stands for
// it, and nothing is taken together. Without, 16 exchanges at 256 s behind 100 us of waits, with a
// wander of 1e-8: 86 us of error for 58, and a rate that claims a quarter of its error.
inline constexpr double most_wander = 5;

}  // namespace ntp::propagation
