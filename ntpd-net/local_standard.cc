// From one sample of the standard to the next the bend is a straight line: the slope of the
// interval before, and what was wrong at its end, made good by the end of this one. So it never
// jumps, never drifts away from the standard, and is late by one interval of the standard, which is
// why that should be the shortest of all.
#include "ntpd-net/local_standard.h"

#include <cmath>
#include <utility>

namespace ntp {
namespace {

// Of the standard against the raw clock: more than this and it has jumped.
constexpr Rate most_rate = ppm(1000);

}  // namespace

bool LocalStandard::take(RawTime raw, UtcTime shown) {
  const auto before = std::exchange(last_, Shown{raw, shown});
  const Nanos span = before ? raw - before->raw : Nanos{0};
  const Nanos step = before ? (shown - before->utc) - span : Nanos{0};
  const Rate rate{span > Nanos{0} ? to_seconds(step) / to_seconds(span) : 0.0};
  if (span <= Nanos{0} || span > most_gap_ || std::abs(rate.fraction) > most_rate.fraction) {
    target_ = bend_.gained(raw);  // begins anew from where the bend is
    return false;
  }
  if (!usual_) usual_ = rate;
  target_ += step - *usual_ * span;
  const double wrong = to_seconds(target_ - bend_.gained(raw)) / to_seconds(span);
  bend_.turn({rate.fraction - usual_->fraction + wrong}, raw);
  return true;
}

}  // namespace ntp
