// One opinion of a path's noise: a type from the table, its learnt scale in each direction, and
// the wander bank that believes it. A source holds all opinions and lets evidence decide.
#pragma once

#include <span>

#include "common/sync/delays.h"
#include "common/sync/noise_params.h"
#include "common/sync/wander_bank.h"

namespace ntp {

// The noise scale of each direction, s.
struct Sharpness {
  double up = 0, down = 0;
};

// What the newest delays show by themselves: how sharp they are, and each direction's least as it
// would be now, s.
struct Newest {
  Sharpness scale{};
  double up = 0, down = 0;
};

class NoiseOpinion {
 public:
  // `scale`: first guess of the noise scales. `precision`: least scale, s.
  void start(const noise::Type& type, const LineBelief& belief, Sharpness scale, double precision);
  // Time passes to the next sample, then the sample is taken; returns the log evidence.
  // `samples`: taken before this one. `is_seeded`: the scale came from a batch.
  double take(double elapsed, const Delays& delays, int samples, bool is_seeded);

  // See WanderBank.
  void retake(const LineBelief& prior, std::span<const TimedDelays> batch) {
    bank_.retake(prior, batch, noise(), outliers_);
  }

  // Where our scale is stale, left behind by a queue, takes the fresh one and doubts what was
  // learnt under the old one. Where all the newest are late for us, although they are sharp and
  // the path `is_calm`, also to the opinion that leads, it is our base that is too low, and that is
  // doubted.
  double sharpen(const Newest& newest, double elapsed, bool is_calm);  // how far, s; 0: not

  [[nodiscard]] TwoWayNoise noise() const;
  [[nodiscard]] const TwoWayOutliers& outliers() const { return outliers_; }
  [[nodiscard]] const noise::Type& type() const { return *type_; }
  [[nodiscard]] WanderBank& bank() { return bank_; }
  [[nodiscard]] const WanderBank& bank() const { return bank_; }

 private:
  [[nodiscard]] double stale_doubt(double& scale, double fresh) const;
  [[nodiscard]] double late_doubt(double late, double scale, double fresh) const;
  void doubt(double size, double sign);
  void doubt_what_is_early(const Delays& delays);
  void learn_scales(const BankVerdict& verdict, int samples, bool is_seeded);
  void learn_outliers(const BankVerdict& verdict);
  void hold_alike();

  const noise::Type* type_ = noise::types.data();
  double scale_up_ = 0, scale_down_ = 0;
  double precision_ = 0;
  TwoWayOutliers outliers_{};
  WanderBank bank_{};
};

}  // namespace ntp
