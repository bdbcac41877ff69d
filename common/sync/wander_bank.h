// How much does this oscillator wander? Nobody says, so a small bank asks every answer at once:
// the same belief under each wander level, weighted by how well it foretold the measurements
// (interacting multiple models: with a small chance per sample the level changes, and then the
// filters restart from their common mixture). A jump of the rate is what an agile level foretells,
// but only once: the weight that came for it leaves soon. One bank holds one opinion of the noise.
#pragma once

#include <array>
#include <span>

#include "common/sync/delays.h"
#include "common/sync/gaussian.h"
#include "common/sync/one_sided_update.h"
#include "common/sync/per_level.h"
#include "common/sync/wander_params.h"

namespace ntp {

// What a bank says of one direction of a measurement, averaged over its filters.
struct Verdict {
  double normal = 0;          // probability of being no outlier
  double error = 0;           // measured minus foretold, s
  double scale_gradient = 0;  // d ln(evidence) / d ln(noise scale)
};
struct BankVerdict {
  Verdict up, down;
  double log_evidence = 0;
};

class WanderBank {
 public:
  void start(const LineBelief& belief);
  // Lets `elapsed` s pass. `jumps`: the oscillator may have changed its level since the last
  // sample. `base_drift`: variance, s^2, that the base delay gains meanwhile.
  void advance(double elapsed, bool jumps, double base_drift = 0);
  BankVerdict update(const Delays& delays, const TwoWayNoise& noise,
                     const TwoWayOutliers& outliers);

  // The same exchanges, all that were taken since start(before), together and in the light of a
  // better noise. The weights stay, so does a filter that this leads nowhere, and all where wander
  // rules. REQUIRES: 1 to line::first_exchanges of them.
  void retake(const LineBelief& before, std::span<const TimedDelays> batch,
              const TwoWayNoise& noise, const TwoWayOutliers& outliers);

  [[nodiscard]] LineBelief mixture() const;
  // Of the mixture, the means alone: a quarter of the work.
  [[nodiscard]] std::array<double, 4> means() const;
  [[nodiscard]] LineBelief most_agile() const { return filter(wander::count - 1); }
  // Geometric mean of the levels, squared: spectral density of the rate's wander, 1/s.
  [[nodiscard]] double wander() const;
  // Arithmetic mean of the densities: for honest extrapolation.
  [[nodiscard]] double mean_wander() const;

  // Applies the same change to every filter: what a changed path or a stepped clock needs.
  template <typename Change>
  void change_all(const Change& change) {
    for (std::size_t level = 0; level < wander::count; ++level) {
      LineBelief changed = filter(level);
      change(changed);
      put(level, changed);
    }
  }

 private:
  void mix_for_jumps();
  Posterior<PerLevel> update_way(const Sight& sight, double measured, const Noise& noise,
                                 const Outliers& outliers, Verdict& verdict);
  [[nodiscard]] LineBelief filter(std::size_t level) const;
  [[nodiscard]] double weighed(const PerLevel& numbers) const;
  void put(std::size_t level, const LineBelief& belief);

  LevelBeliefs filters_{};
  PerLevel weights_{};
  PerLevel passing_{};  // of the weights: what came for one jump of the rate, and leaves soon
};

}  // namespace ntp
