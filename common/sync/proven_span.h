// What exchanges prove about UTC, whatever the path does: a request cannot arrive before it
// leaves. Each exchange shuts UTC between two edges, the later of all lower and the earlier of all
// upper ones count, and both move apart as the oscillator may have strayed since. Unlike the
// estimator it believes nothing of delays; only the server must tell the truth. Makes no estimate.
#pragma once

#include <algorithm>
#include <utility>

#include "common/sync/sample.h"

namespace ntp {

class ProvenSpan {
 public:
  // `rate`: UTC gained per raw second, now; `doubt`: how far from it the rate may have been since
  // the last sample. REQUIRES: samples in the order of `received`.
  void take(const Sample& sample, Rate rate, Rate doubt) {
    const Nanos round = sample.received - sample.sent;
    const Nanos up = sample.server_received.since_zero - sample.sent.since_zero;
    Nanos low = sample.server_sent.since_zero - sample.received.since_zero - sample.precision;
    Nanos high = up + (rate + doubt) * round + sample.precision;
    const Nanos since = sample.received - at_, stray = doubt * since;
    // A round trip below nothing is noise of the stamps.
    if (low > high) std::swap(low, high);
    const Nanos old_low = low_ + rate * since - stray, old_high = high_ + rate * since + stray;
    // If they do not, a clock was stepped.
    const bool agrees = is_known_ && old_low <= high && low <= old_high;
    low_ = agrees ? std::max(low, old_low) : low;
    high_ = agrees ? std::min(high, old_high) : high;
    at_ = sample.received;
    is_known_ = true;
  }

  // How far UTC may be from `utc` at `raw`, a little after the last sample, where the rate is
  // within `doubt` of `rate`. REQUIRES: take was called.
  [[nodiscard]] Nanos most_error(RawTime raw, UtcTime utc, Rate rate, Rate doubt) const {
    const Nanos since = raw - at_;
    const Nanos offset = utc.since_zero - raw.since_zero - rate * since;
    return std::max(high_ - offset, offset - low_) + doubt * std::chrono::abs(since);
  }
  [[nodiscard]] bool is_known() const { return is_known_; }

 private:
  RawTime at_{};
  Nanos low_{0}, high_{0};  // of UTC minus raw time, at `at_`
  bool is_known_ = false;
};

}  // namespace ntp
