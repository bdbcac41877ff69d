// Why clockd did not obey a record: names shared by clockd, which counts them, and by whoever
// reads the status page. The order is the order of the checks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "common/board/records.h"

namespace ntp {

enum class Refusal : std::uint8_t {
  form,        // wrong magic, version, enum or reserved bits; or torn
  flood,       // more records in a second than are looked at
  session,     // not the session of the hand-over
  sequence,    // not newer than the last, or a jump too far
  stale,       // from the future, old, or from before a suspend
  range,       // a field outside what any honest record holds
  alarm,       // the network side itself says unsynchronised
  distance,    // claims too large an error
  rate,        // faster or slower than maxdrift
  rate_far,    // too far from the rate that was learnt
  leap_near,   // within seconds of a leap second
  floor,       // before a time that has certainly passed
  budget,      // would leave the corridor of this boot: more motion than a day allows
  max_change,  // over maxchange
  hand_over,   // a descriptor that is not a ring, or from a stranger
  kernel,      // the kernel did not take the order
};
inline constexpr int refusals = std::to_underlying(Refusal::kernel) + 1;
static_assert(refusals <= refusal_kinds);

[[nodiscard]] constexpr std::string_view name(Refusal refusal) {
  constexpr std::array<std::string_view, refusals> names{
      "form", "flood",    "session",   "sequence", "stale",  "range",      "alarm",     "distance",
      "rate", "rate_far", "leap_near", "floor",    "budget", "max_change", "hand_over", "kernel"};
  return names[std::to_underlying(refusal)];
}

}  // namespace ntp
