// The machine's clock as clockd and the kernel make it: clockd's own servo decides the order,
// and a model of the kernel's phase loop plays it second by second. Touches no real clock.
#pragma once

#include "clockd/steer.h"
#include "common/sync/ensemble.h"

namespace ntp::replay {

class SteeredClock {
 public:
  // `raw` s of raw time pass.
  void pass(double raw) { against_raw_ += (base_ + slew_) * raw; }
  // The kernel's second overflow, at raw time `now`: decides the slew of the second to come.
  void begin_second(RawTime now);
  // A new combination reaches clockd at raw time `now`.
  void obey(const Combined& combined, RawTime now);

  // REALTIME minus raw time, s.
  [[nodiscard]] double against_raw() const { return against_raw_; }

 private:
  void order(RawTime now);

  EstimateRecord record_{};
  clockd::Policy policy_{};
  clockd::Playing playing_{};
  bool is_to_repeat_ = false;
  double against_raw_ = 0;
  double base_ = 0;  // rate against raw
  double left_ = 0;  // to advance by, s
  double slew_ = 0;  // rate in this second
  int time_constant_ = 0;
  bool is_set_ = false;
};

}  // namespace ntp::replay
