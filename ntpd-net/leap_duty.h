// Which leap second comes next, and whose word that is: root's table (leapsectz, leapseclist),
// or the vote of the sources on the last day of June or December, as chrony believes it. The
// POSIX count of UTC repeats a second that is inserted and leaves one out that is removed:
// so the line jumps, and nothing measured near that moment is believed. Pure.
#pragma once

#include <optional>

#include "common/conf/settings.h"
#include "common/time/estimate.h"
#include "common/time/leap_table.h"

namespace ntp {

struct NextLeap {
  UtcTime at{};    // the first second after it, in UTC's count
  int change = 0;  // +1: a second is inserted before `at`, -1: removed

  // When the line that has not jumped yet reaches the leap.
  [[nodiscard]] UtcTime moment() const { return change > 0 ? at : at - Nanos{1s}; }
  // What the line jumps by.
  [[nodiscard]] Nanos jump() const { return -change * Nanos{1s}; }
};

class LeapDuty {
 public:
  LeapDuty() = default;
  LeapDuty(const LeapTable& table, LeapMode mode) : table_{table}, mode_{mode} {}

  // The leap at the end of the UTC day of `now`, if there is one; `vote` is the sources'.
  [[nodiscard]] std::optional<NextLeap> today(UtcTime now, Leap vote) const;
  // The leap indicator to serve: the day's leap, else the vote, without what it may not say.
  [[nodiscard]] Leap indicator(UtcTime now, Leap vote) const;
  // `leapsecmode ignore`: the line follows the sources only.
  [[nodiscard]] bool is_ignored() const { return mode_ == LeapMode::ignore; }

  // Looks at the time: remembers the leap that is ahead, and returns it once its moment has come
  // - which is after midnight when a second is inserted, when `today` knows of it no more. A
  // leap that was not seen ahead is no leap: the line has begun after it.
  [[nodiscard]] std::optional<NextLeap> look(UtcTime now, Leap vote);
  // Root's table is another one from now on.
  void learn(const LeapTable& table) { table_ = table; }
  // The line has jumped.
  void note_passed(const NextLeap& leap) {
    at_ = leap.at;
    has_passed_ = true;
  }
  // Within 5 s of a leap, past or to come, a sample may be of either count.
  [[nodiscard]] bool is_near(UtcTime time, Leap vote) const;

 private:
  LeapTable table_{};
  LeapMode mode_ = LeapMode::system;
  std::int8_t armed_ = 0;    // the change of the leap that is ahead, at `at_`; 0: none
  bool has_passed_ = false;  // the one at `at_`
  UtcTime at_{};
};

}  // namespace ntp
