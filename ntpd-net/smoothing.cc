// See smoothing.h.
#include "ntpd-net/smoothing.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

// Smoothing begins when the skew divided by the wander is below this, s (chrony.conf(5)).
constexpr double least_certainty = 10'000;

}  // namespace

Smoothing::Smoothing(const SmoothTime& settings)
    : settings_{settings}, active_{settings.leaponly} {}

void Smoothing::activate(RawTime now) {
  active_ = true;
  reset(now);
}

void Smoothing::reset(RawTime now) {
  begun_ = now;
  offset_ = rate_ = wander_ = 0;
  std::ranges::fill(lengths_, 0.0);
}

void Smoothing::consider(Rate skew, RawTime now) {
  if (!active_ && skew.fraction < least_certainty * settings_.max_wander.fraction) activate(now);
}

void Smoothing::absorb(Nanos jump, RawTime now) {
  if (!active_) return;
  const State state = at(now);
  begun_ = now;
  offset_ = state.offset - to_seconds(jump);
  rate_ = state.rate;
  plan();
}

void Smoothing::plan() {
  const double wander = settings_.max_wander.fraction, most = settings_.max_frequency.fraction;
  std::ranges::fill(lengths_, 0.0);
  if (wander <= 0 || most <= 0) {  // no way to give it back
    offset_ = rate_ = wander_ = 0;
    return;
  }
  for (const double direction : {1.0, -1.0}) {
    const double a = direction * wander;
    const double square = -offset_ * a + rate_ * rate_ / 2;
    if (square < 0) continue;
    double peak = direction * std::sqrt(square);
    if ((peak - rate_) / a < 0) continue;
    const double free_way = peak * peak / a - rate_ * rate_ / (2 * a);
    if (std::abs(peak) > most) peak = direction * std::max(most, direction * rate_);
    const double way = peak * peak / a - rate_ * rate_ / (2 * a);
    wander_ = a;
    lengths_[0] = (peak - rate_) / a;
    lengths_[1] = peak == 0 ? 0 : (free_way - way) / peak;
    lengths_[2] = peak / a;
    return;
  }
}

Smoothing::State Smoothing::at(RawTime t) const {
  double left = std::max(to_seconds(t - begun_), 0.0);
  State state{.offset = offset_, .rate = rate_};
  const double wanders[3] = {wander_, 0, -wander_};
  for (int stage = 0; stage < 3; ++stage) {
    const double now = std::min(left, lengths_[stage]);
    state.offset += state.rate * now + wanders[stage] * now * now / 2;
    state.rate += wanders[stage] * now;
    if (left < lengths_[stage]) {
      state.wander = wanders[stage];
      return state;
    }
    left -= now;
  }
  return {};
}

Nanos Smoothing::offset_at(RawTime t) const { return to_nanos(at(t).offset); }
Rate Smoothing::rate_at(RawTime t) const { return {at(t).rate}; }
double Smoothing::wander_at(RawTime t) const { return at(t).wander; }

Nanos Smoothing::remaining(RawTime t) const {
  const Nanos whole = to_nanos(lengths_[0] + lengths_[1] + lengths_[2]);
  return std::max(whole - (t - begun_), Nanos{0});
}

}  // namespace ntp
