// Numbers of the wander bank: value, reason, what breaks.
#pragma once

#include <array>
#include <cstddef>

namespace ntp::wander {

// How fast the oscillator's rate may wander, in fraction per sqrt(s): from an oven to a bare
// crystal beside a fan. Half a decade apart where most crystals are: of whole decades one takes all
// of the weight, and the world `quiet_crystal`, taken for one that wanders more, is asked half as
// often again.
inline constexpr std::array<double, 7> levels{1e-10, 3.2e-10, 1e-9, 3.2e-9, 1e-8, 1e-7, 1e-6};
inline constexpr std::size_t count = levels.size();

// What a rate from the last run is worth at least, one sd, under each level: an oscillator that
// wanders comes back from an hour in the cold elsewhere, and a file may be another machine's. The
// agile filters find out; the calm ones follow them by a jump. With one trust for all, a file
// 1 ppm wrong cost 2.5 times the error of a start without one, for an hour.
inline constexpr std::array<double, 7> least_doubt{2e-7, 2.5e-7, 3e-7, 4e-7, 5e-7, 2e-6, 5e-5};
// The middle of what machines show, and how wide (in e-folds) the prior falls around it. A flat
// prior lets the most agile level explain the first noise: 11 % later to 1 ppm.
inline constexpr double usual_level = 1e-9;
inline constexpr double prior_width = 2.5;
// Chance per sample that weight which does not pass changes its level. This restarts the calm
// filters after a jump of frequency. 1e-2: 2 % more error, 4 % more of rate; 0: five times as much.
inline constexpr double jump_chance = 5e-4;
// What comes to a level above the usual one comes for a single jump in so many cases, and leaves
// with this chance per sample. When all of it stayed, a crystal that had jumped by 3 ppm was taken
// for an agile one for twenty samples, and the world `rate_step` had 1.38 of chronyd's requests
// (1.13), for the same error.
inline constexpr double passing_share = 0.9, passing_end = 0.5;

}  // namespace ntp::wander
