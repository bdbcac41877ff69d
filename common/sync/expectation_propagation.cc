// See expectation_propagation.h.
#include "common/sync/expectation_propagation.h"

#include <algorithm>
#include <array>

#include "common/sync/expectation_propagation_params.h"
#include "common/sync/line_params.h"

namespace ntp {
namespace {

// In the place of the asymmetry: how much the rate changes a second, which stands for its wander.
constexpr std::size_t bend_part = 3;

Noise softened(const Noise& noise, double softness) {
  return {.wait = noise.wait,
          .jitter = std::max(noise.jitter, softness * noise.wait),
          .stages = noise.stages};
}

class Batch {
 public:
  Batch(const LevelBeliefs& prior, const PerLevel& densities,
        std::span<const TimedDelays> exchanges)
      : exchanges_{exchanges}, end_{exchanges.back().time}, belief_{prior} {
    const double span = end_ - exchanges.front().time;
    advance(belief_, span, PerLevel{});
    // Over the span, as much offset as wander would give.
    belief_.reset(bend_part, {}, densities * (4 / (3 * std::max(span, 1.0))));
  }

  void take_all(const TwoWayNoise& noise, const TwoWayOutliers& outliers, double softness) {
    const Noise up = softened(noise.up, softness), down = softened(noise.down, softness);
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const Delays& delays = exchanges_[i].delays;
      take(sites_[2 * i], direction(exchanges_[i], 1), delays.up, up, outliers.up);
      take(sites_[2 * i + 1], direction(exchanges_[i], -1), delays.down, down, outliers.down);
    }
  }

  [[nodiscard]] LevelBeliefs belief() const {
    LevelBeliefs straight = belief_;
    straight.reset(asymmetry_part, {}, {});
    return straight;
  }

 private:
  // What one direction of one exchange adds along its line of sight.
  struct Site {
    PerLevel precision{}, shift{};
  };

  [[nodiscard]] std::array<double, 4> direction(const TimedDelays& exchange, double sign) const {
    const double ago = exchange.time - end_;
    return {sign, sign * ago - exchange.delays.half, 1, sign * ago * ago / 2};
  }

  void take(Site& site, const std::array<double, 4>& along, double measured, const Noise& noise,
            const Outliers& outliers) {
    const auto seen = look_along(belief_, along);
    PerLevel mean = seen.value, variance = seen.variance;  // by all others
    std::array<bool, wander::count> is_alone{};
    for (std::size_t i = 0; i < wander::count; ++i) {
      const double left = 1 / seen.variance[i] - site.precision[i];
      is_alone[i] = left * seen.variance[i] < propagation::least_left;
      if (is_alone[i]) continue;
      variance[i] = 1 / left;
      mean[i] = (seen.value[i] / seen.variance[i] - site.shift[i]) * variance[i];
    }
    const auto after = condition_robustly(mean, variance, measured, noise, outliers);
    PerLevel new_mean = seen.value, new_variance = seen.variance;
    for (std::size_t i = 0; i < wander::count; ++i) {
      const bool is_needed = variance[i] > propagation::held * seen.variance[i];
      if (is_alone[i] || (is_needed && after.normal[i] < 0.5)) continue;
      const double others = 1 / variance[i];
      site.precision[i] = std::max(0.0, 1 / after.variance[i] - others);
      site.shift[i] = after.mean[i] * (site.precision[i] + others) - mean[i] * others;
      new_mean[i] = after.mean[i];
      new_variance[i] = 1 / (site.precision[i] + others);
    }
    absorb(belief_, seen, new_mean, new_variance);
  }

  std::span<const TimedDelays> exchanges_;
  double end_;
  LevelBeliefs belief_;
  std::array<Site, 2 * line::first_exchanges> sites_{};
};

}  // namespace

LevelBeliefs taken_together(const LevelBeliefs& prior, const PerLevel& densities,
                            std::span<const TimedDelays> batch, const TwoWayNoise& noise,
                            const TwoWayOutliers& outliers) {
  Batch together{prior, densities, batch};
  for (const double softness : propagation::softness) together.take_all(noise, outliers, softness);
  return together.belief();
}

}  // namespace ntp
