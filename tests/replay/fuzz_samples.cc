// fuzz-samples: absurd exchanges through the whole ensemble. Whatever servers claim, nothing
// published may be other than a finite line with a positive bound. Not about accuracy.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "common/base/text.h"
#include "common/sync/ensemble.h"

namespace ntp {
namespace {

// A world whose every habit is drawn anew: jitter, wander, gaps, steps, lies.
class AbsurdWorld {
 public:
  explicit AbsurdWorld(std::uint64_t seed) : chance_{seed} {
    wander_ = std::pow(10, uniform(-12, -5));
    base_ = std::pow(10, uniform(-6, 1));
    jitter_ = std::pow(10, uniform(-9, 1));
    gap_ = std::pow(10, uniform(-2, 4));
    rate_ = uniform(-5e-4, 5e-4);
  }
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>{low, high}(chance_);
  }
  bool rarely(double probability) { return uniform(0, 1) < probability; }

  Sample ask() {
    double gap = rarely(0.02) ? 0 : gap_ * uniform(0, 2);
    if (rarely(0.002)) gap = 1e6;
    rate_ += wander_ * std::sqrt(gap) * uniform(-1.7, 1.7);
    if (rarely(0.003)) step_ += uniform(-1, 1) * std::pow(10, uniform(-6, 3));
    raw_ += gap;
    utc_ += gap * (1 + rate_);
    const double up = delay(), down = delay(), hold = rarely(0.5) ? 0 : uniform(0, 0.1);
    Sample s{.sent = RawTime{to_nanos(raw_)}};
    s.server_received = UtcTime{to_nanos(utc_ + step_ + up)};
    s.server_sent = s.server_received + to_nanos(hold);
    s.received = RawTime{to_nanos(raw_ + (up + down + hold) * (rarely(0.01) ? uniform(0, 2) : 1))};
    s.root_delay = to_nanos(rarely(0.1) ? uniform(0, 65535) : 1e-3);
    s.root_dispersion = to_nanos(rarely(0.1) ? uniform(0, 65535) : 1e-3);
    s.leap = Leap{static_cast<std::uint8_t>(rarely(0.05) ? 3 : 0)};
    return s;
  }

 private:
  double delay() {
    double d = base_ + jitter_ * -std::log(uniform(1e-9, 1));
    if (rarely(0.02)) d *= std::pow(10, uniform(0, 2));
    if (rarely(0.01)) d = 0;
    return std::min(d, 100.0);
  }
  std::mt19937_64 chance_;
  double wander_, base_, jitter_, gap_, rate_;
  double raw_ = 1, utc_ = 1.7e9, step_ = 0;
};

bool is_sane(const Ensemble& ensemble, const std::vector<SourceIndex>& places, RawTime now) {
  if (const auto& combined = ensemble.combined()) {
    const Combined& c = *combined;
    if (!std::isfinite(c.line.rate.fraction) || !std::isfinite(c.skew.fraction)) return false;
    if (c.line.bound <= Nanos{0} || c.line.deviation < Nanos{0} ||
        c.tracking_deviation < Nanos{0}) {
      return false;
    }
    if (!(c.line.bound_growth.fraction >= 0) || c.root_dispersion < Nanos{0}) return false;
  }
  for (const SourceIndex place : places) {
    const SourceStatistics s = ensemble.statistics(place, now);
    if (!std::isfinite(s.residual_rate.fraction) || !std::isfinite(s.skew.fraction)) return false;
    if (s.offset_deviation < Nanos{0} || s.deviation < Nanos{0} || s.low > s.high) return false;
    if (!std::isfinite(ensemble.poll_evidence(place, 6).surprise)) return false;
  }
  return true;
}

// One world of a few sources; false when something insane came out.
bool survive(std::uint64_t seed, long samples) {
  std::mt19937_64 chance{seed};
  const int sources = 1 + static_cast<int>(chance() % 9);
  Ensemble ensemble{EnsembleOptions{}};
  std::vector<SourceIndex> places;
  std::vector<AbsurdWorld> worlds;
  for (int i = 0; i < sources; ++i) {
    places.push_back(ensemble.add({}).value());
    worlds.emplace_back(chance());
  }
  for (long i = 0; i < samples; ++i) {
    const std::size_t k = chance() % places.size();
    const Sample sample = worlds[k].ask();
    ensemble.take(places[k], sample);
    if (i % 8 == 0 && !is_sane(ensemble, places, sample.received)) {
      fmt::print("seed {} sample {}: insane\n", seed, i);
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace ntp

int main(int argc, char** argv) {
  const auto samples = argc > 1 ? ntp::parse_integer<long>(argv[1]) : 100'000;
  const auto seed = argc > 2 ? ntp::parse_integer<std::uint64_t>(argv[2]) : 1;
  if (!samples || !seed || argc > 3) {
    fmt::print(stderr, "usage: fuzz-samples [SAMPLES [SEED]]\n");
    return 2;
  }
  constexpr long per_world = 1000;
  int insane = 0;
  for (long done = 0; done < *samples; done += per_world) {
    insane += !ntp::survive(*seed + static_cast<std::uint64_t>(done / per_world), per_world);
  }
  fmt::print("{} samples, {} insane worlds\n", *samples, insane);
  return insane == 0 ? 0 : 1;
}
