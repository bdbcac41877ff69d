// The machine's clock as clockd's servo and the kernel make it: base rate at once, the offset
// removed by the kernel's own loop, second by second, as an exponential (ADJ_OFFSET with
// STA_PLL and STA_FREQHOLD). A model for the bench: touches no real clock.
#pragma once

#include "common/sync/ensemble.h"

namespace ntp::replay {

class SteeredClock {
 public:
  // A whole true second with the raw clock wrong by `rate_error` has two parts around an
  // update; `pass` takes either. `raw` is the raw time that passes, s.
  void pass(double raw) { against_raw_ += (base_ + slew_) * raw; }
  // The kernel's second overflow: decides the slew of the second to come.
  void begin_second();
  // clockd's order for a new combination at raw time `now`.
  void obey(const Combined& combined, RawTime now);

  // REALTIME minus raw time, s.
  [[nodiscard]] double against_raw() const { return against_raw_; }

 private:
  double against_raw_ = 0;
  double base_ = 0;       // rate against raw
  double left_ = 0;       // REALTIME minus the line, still to be removed, s
  double slew_ = 0;       // rate in this second
  int time_constant_ = 0; // the kernel's; tau = 4 * 2^time_constant s
  bool is_set_ = false;
};

}  // namespace ntp::replay
