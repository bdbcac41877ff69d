// A reference clock that knows no time and runs more evenly than this machine's oscillator (option
// `local` of `refclock`): the estimator measures by it. Its phase and its own rate mean nothing;
// what counts is how the raw clock swings against it. Bypasses selection: root's word that it is
// the better clock is believed.
#pragma once

#include <optional>

#include "ntpd-net/bend.h"

namespace ntp {

class LocalStandard {
 public:
  // `interval`: between its samples.
  explicit LocalStandard(Nanos interval) : most_gap_{4 * interval} {}

  // It showed `shown` when the raw clock showed `raw`. True: the bend is another one.
  bool take(RawTime raw, UtcTime shown);
  // Raw time began anew: the rate in force stays.
  void forget() { last_.reset(); }
  [[nodiscard]] const Bend& bend() const { return bend_; }

 private:
  struct Shown {
    RawTime raw{};
    UtcTime utc{};
  };
  Nanos most_gap_;
  std::optional<Shown> last_{};
  std::optional<Rate> usual_{};  // gained on the raw clock when it was first measured
  Nanos target_{0};              // what the bend should have gained at `last_`
  Bend bend_{};
};

}  // namespace ntp
