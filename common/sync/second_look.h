// A second look at a source's last 64 packets. After its start the line is made of one packet after
// the other, and a start behind a queue or on a route that flaps may have led every opinion
// astray, each by its own reasons. The quickest packets met no queue: if they are as sharp as the
// path, lie on one straight line, and the source's line says something else, it is the line that is
// wrong, and is to begin anew with them. What refutes it is one of two: they were contradicted when
// they came; or, in a start, nothing but late packets came since the last of them.
// Knows no filter; never says that a line is right.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "common/sync/delays.h"
#include "common/sync/first_exchanges.h"
#include "common/sync/second_look_params.h"

namespace ntp {

// The packets that refute a line.
struct QuickPackets {
  std::array<TimedDelays, second_look::kept> exchanges{};  // in order of time
  std::size_t count = 0;
  double spread = 0;      // of the round trips of the surely quick ones, s
  double correction = 0;  // of the offset, now, s
  [[nodiscard]] std::span<const TimedDelays> all() const {
    return std::span{exchanges}.first(count);
  }
};

class SecondLook {
 public:
  // A packet of the known path, and the line's offset (s) and rate just after it.
  void note(const TimedDelays& exchange, double offset, double rate);
  // Nothing: no reason to doubt the line, whose offset at `now` (s, as the exchanges count) this
  // is. `sharpness`: the path's noise scale as it is known, s; 0: it is not. Else all that was
  // noted is forgotten: the line is another one.
  [[nodiscard]] std::optional<QuickPackets> refute(double offset, double now, double sharpness);

 private:
  struct Seen {
    TimedDelays exchange{};
    double astray = 0;  // |the packet's offset less the line's|, s
    double trip = 0;    // s of UTC: by raw time, what came before a step of the rate was quicker
  };

  [[nodiscard]] std::pair<double, double> quickest() const;
  [[nodiscard]] bool has_gone_since(std::size_t count, double led_astray) const;

  std::array<Seen, second_look::kept> seen_{};  // a ring
  std::size_t count_ = 0, next_ = 0;
};

}  // namespace ntp
