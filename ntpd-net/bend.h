// The raw clock as the estimator sees it: what something else knows of the oscillator's swings (a
// thermometer, a better oscillator) is taken out before the estimator measures, and put back into
// the line that the world is told. So the estimator measures what is left, and between two of its
// samples the line bends with the oscillator. Knows no thermometer; reads no clock.
#pragma once

#include "common/sync/ensemble.h"

namespace ntp {

class Bend {
 public:
  // From `raw` on UTC gains so much on the raw clock, beyond what the estimator is to measure.
  void turn(Rate rate, RawTime raw);
  [[nodiscard]] Rate rate() const { return rate_; }
  // Until `raw`; of the past the last turn but one is the earliest that is remembered.
  [[nodiscard]] Nanos gained(RawTime raw) const {
    return gained_ + (raw < since_ ? before_ : rate_) * (raw - since_);
  }

  [[nodiscard]] RawTime seen(RawTime raw) const { return raw + gained(raw); }
  [[nodiscard]] Sample seen(const Sample& sample) const;
  // A combination in the estimator's time, as a line over the raw clock that holds near `raw`.
  [[nodiscard]] Combined to_raw(const Combined& combined, RawTime raw) const;

 private:
  Rate rate_{};      // in force
  Rate before_{};    // until it began
  RawTime since_{};  // when it began
  Nanos gained_{0};  // until then
};

}  // namespace ntp
