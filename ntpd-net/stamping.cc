// Pairs, rate and conversion; see stamping.h.
#include "ntpd-net/stamping.h"

namespace ntp {
namespace {

// Shorter than this and the noise of two pairs (some 10 ns each) outweighs the rate; longer and a
// change of rate is seen late. Stamps are microseconds old, so 500 ppm of error is nanoseconds.
constexpr Nanos least_rate_span = 500ms;

// No steering makes REALTIME run faster or slower than this against raw: beyond it was a step.
constexpr double fastest_rate = 0.11;

}  // namespace

void Stamping::look(const Reading& pair) {
  const bool first = !has_pair_;
  pair_ = pair;
  has_pair_ = true;
  if (first) {
    base_ = pair;
    return;
  }
  const Nanos span = pair.raw - base_.raw;
  if (span < least_rate_span) return;
  const double rate = to_seconds((pair.system - base_.system) - span) / to_seconds(span);
  base_ = pair;
  if (rate < -fastest_rate || rate > fastest_rate)
    return;  // a step: the old rate is the best guess
  rate_ = {rate};
}

void Stamping::forget() {
  has_pair_ = false;
  rate_ = {};
}

std::optional<RawTime> Stamping::to_raw(SystemTime stamp, RawTime earliest) const {
  const Nanos age = pair_.system - stamp;
  const RawTime at = pair_.raw - to_nanos(to_seconds(age) / (1 + rate_.fraction));
  if (at < earliest - slack || at > pair_.raw + slack) return std::nullopt;
  return at;
}

Nanos Stamping::offset_at(RawTime then) const {
  return pair_.system.since_zero - pair_.raw.since_zero - rate_ * (pair_.raw - then);
}

std::optional<RawTime> Stamping::judge_card(const std::optional<CardTime>& stamp,
                                            const std::optional<RawTime>& kernel,
                                            RawTime earliest) const {
  if (!stamp) return std::nullopt;
  const RawTime at = stamp->stamped;
  const bool is_possible = at >= earliest - slack && at <= pair_.raw + slack;
  const bool is_near = !kernel || std::chrono::abs(at - *kernel) <= longest_queue;
  if (is_possible && is_near) return at + stamp->correction;
  ++voided_;
  return std::nullopt;
}

RawStamp Stamping::choose(const std::optional<SystemTime>& stamp, RawTime earliest, RawTime by_hand,
                          const std::optional<CardTime>& card) const {
  const auto kernel = stamp ? to_raw(*stamp, earliest) : std::nullopt;
  if (const auto at = judge_card(card, kernel, earliest)) return {*at, StampKind::hardware};
  if (kernel) return {*kernel, StampKind::kernel};
  if (!stamp) return {by_hand, StampKind::daemon};
  ++voided_;
  return {by_hand, StampKind::daemon};
}

}  // namespace ntp
