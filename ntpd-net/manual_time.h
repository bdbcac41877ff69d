// What people said the time was (`settime`), and the line through it: the offset at once, the
// rate once two settings lie far enough apart to say more than what was known before. Decides
// nothing: the line goes to clockd as any estimate does, and clockd judges it. Pure.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "common/time/clocks.h"
#include "common/time/estimate.h"

namespace ntp {

class ManualTime {
 public:
  static constexpr std::size_t most = 16;

  struct Said {
    RawTime at{};       // when it was said
    UtcTime utc{};      // what was said
    Nanos original{0};  // the system clock minus that: positive, it was fast
  };
  struct Fit {
    Estimate line{};
    Rate skew{};  // error bound of the rate, 95 %
  };

  // `reading`: the moment at which somebody said that it is `utc`. The oldest of 16 makes room.
  void take(const Reading& reading, UtcTime utc);
  [[nodiscard]] bool remove(std::size_t index);
  void reset() { count_ = 0; }
  // UTC's count jumped by a leap second.
  void leap(Nanos jump);

  [[nodiscard]] std::span<const Said> all() const { return std::span{said_}.first(count_); }
  // The line through all that was said, pinned at `now`; `known` is the rate known beforehand.
  [[nodiscard]] std::optional<Fit> fit(RawTime now, Rate known) const;

 private:
  std::array<Said, most> said_{};  // in the order in which they were said
  std::size_t count_ = 0;
};

}  // namespace ntp
