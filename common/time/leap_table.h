// Leap seconds that root's file announces: an IERS leap-seconds.list or a zone file of the
// `right` family. Pure parsing; what a leap does to the clock is clockd/leap.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

struct LeapEvent {
  UtcTime at{};    // the first second with the new offset (00:00:00 UTC)
  int tai = 0;     // TAI - UTC from then on, s
  int change = 0;  // +1: a second was inserted before `at`; -1: removed; 0: the first entry

  constexpr bool operator==(const LeapEvent&) const = default;
};

struct LeapTable {
  static constexpr std::size_t most_events = 64;  // 28 in fifty years
  std::array<LeapEvent, most_events> all{};
  std::size_t count = 0;
  std::optional<UtcTime> expires{};

  [[nodiscard]] std::span<const LeapEvent> events() const { return std::span{all}.first(count); }
  // TAI - UTC at that time; 0 if unknown.
  [[nodiscard]] int tai_at(UtcTime when) const;
  // The first leap after that time; nullptr if none is announced.
  [[nodiscard]] const LeapEvent* next_after(UtcTime when) const;
};

// leap-seconds.list: refused as a whole when a line does not parse, times are not in order or
// an expiry is missing. An expired list is still a list.
[[nodiscard]] Result<LeapTable> parse_leap_list(std::string_view text);
// TZif of a `right/` zone: the leap records of its 64-bit block.
[[nodiscard]] Result<LeapTable> parse_leap_zone(Octets file);

}  // namespace ntp
