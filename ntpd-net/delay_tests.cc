// See delay_tests.h.
#include "ntpd-net/delay_tests.h"

#include <algorithm>
#include <cmath>

#include "common/sync/exchange.h"

namespace ntp {
namespace {

constexpr int least_history = 6;              // fewer round trips say nothing about the usual
constexpr double stock_deviation_ratio = 10;  // the default: the operator said nothing

bool passes_ratio(Nanos delay, const SourceSettings& settings, const DelayHistory& history) {
  if (settings.maxdelayratio <= 0) return true;
  if (settings.mindelay == Nanos{0} && history.size() < least_history) return true;
  return to_seconds(delay) <= settings.maxdelayratio * to_seconds(least_delay(settings, history));
}

bool passes_spread(Nanos delay, const SourceSettings& settings, const DelayHistory& history) {
  if (history.size() < least_history) return true;
  if (settings.maxdelayquant > 0) return delay <= history.quantile(settings.maxdelayquant);
  if (settings.maxdelaydevratio <= 0 || settings.maxdelaydevratio == stock_deviation_ratio)
    return true;
  const double rise = to_seconds(delay - least_delay(settings, history)) / 2;
  return rise <= settings.maxdelaydevratio * to_seconds(history.deviation());
}

bool follows_us(const Header& answer, const OurClaims& us) {
  if (!us.serving || answer.stratum <= 1) return false;
  if (answer.refid == us.address_refid) return true;
  return answer.stratum == us.stratum && answer.refid == us.refid &&
         answer.root_delay == us.root_delay && answer.reference == us.reference;
}

}  // namespace

void DelayHistory::take(Nanos delay) {
  if (delays_.size() == capacity) delays_.pop_front();
  delays_.push_back(delay);
}

Nanos DelayHistory::least() const { return *std::ranges::min_element(delays_); }

Nanos DelayHistory::deviation() const {
  if (delays_.size() < 2) return Nanos{0};
  double mean = 0, square = 0;
  for (const Nanos delay : delays_) mean += to_seconds(delay);
  mean /= static_cast<double>(delays_.size());
  for (const Nanos delay : delays_) square += std::pow(to_seconds(delay) - mean, 2);
  return to_nanos(std::sqrt(square / static_cast<double>(delays_.size() - 1)));
}

Nanos DelayHistory::quantile(double q) const {
  std::vector<Nanos> sorted(delays_.begin(), delays_.end());
  std::ranges::sort(sorted);
  const auto at = static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[std::min(at, sorted.size() - 1)];
}

Nanos least_delay(const SourceSettings& settings, const DelayHistory& history) {
  return settings.mindelay > Nanos{0} ? settings.mindelay : history.least();
}

std::uint16_t judge_delay(const Sample& sample, const Header& answer,
                          const SourceSettings& settings, const DelayHistory& history,
                          const OurClaims& us) {
  const Nanos delay = std::max(sample.delay(), sample.precision);
  std::uint16_t tests = 0;
  if (delay <= settings.maxdelay && sample.precision <= settings.maxdelay) tests |= passed::testA;
  if (passes_ratio(delay, settings, history)) tests |= passed::testB;
  if (passes_spread(delay, settings, history)) tests |= passed::testC;
  if (!follows_us(answer, us)) tests |= passed::testD;
  return tests;
}

}  // namespace ntp
