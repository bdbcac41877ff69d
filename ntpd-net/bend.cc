// See bend.h.
#include "ntpd-net/bend.h"

#include <utility>

namespace ntp {

void Bend::turn(Rate rate, RawTime raw) {
  gained_ = gained(raw);
  since_ = raw;
  before_ = std::exchange(rate_, rate);
}

Sample Bend::seen(const Sample& sample) const {
  Sample changed = sample;
  changed.sent = seen(sample.sent);
  changed.received = seen(sample.received);
  return changed;
}

Combined Bend::to_raw(const Combined& combined, RawTime raw) const {
  Combined told = combined;
  const RawTime there = seen(raw);
  told.line.anchor = raw;
  told.line.utc = combined.line.at(there);
  told.line.rate = combined.line.rate + rate_ + combined.line.rate * rate_.fraction;
  told.line.bound = combined.line.bound_at(there);
  return told;
}

}  // namespace ntp
