// See leap_vote.h.
#include "common/sync/leap_vote.h"

#include <algorithm>

namespace ntp {

Leap count_leap_votes(std::span<const Leap> votes) {
  const auto count = [&](Leap leap) { return std::ranges::count(votes, leap); };
  const auto voters = std::ssize(votes) - count(Leap::unsynchronised);
  if (voters == 0) return Leap::unsynchronised;
  for (const Leap leap : {Leap::insert, Leap::remove}) {
    if (2 * count(leap) > voters) return leap;
  }
  return Leap::none;
}

}  // namespace ntp
