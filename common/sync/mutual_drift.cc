// See mutual_drift.h.
#include "common/sync/mutual_drift.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/ensure.h"
#include "common/sync/ensemble.h"
#include "common/sync/selection_params.h"

namespace ntp {
namespace {

struct Difference {
  double time = 0, value = 0;
  double weight = 1;
};

struct Fit {
  double rate = 0, deviation = 0, scatter = 0;
  double time = 0, value = 0;  // centre
};

Fit fit(std::span<const Difference> points) {
  double sum = 0, time = 0, value = 0;
  for (const Difference& p : points) {
    sum += p.weight;
    time += p.weight * p.time;
    value += p.weight * p.value;
  }
  Fit line{.time = time / sum, .value = value / sum};
  double spread = 0, product = 0, squares = 0;
  for (const Difference& p : points) {
    spread += p.weight * (p.time - line.time) * (p.time - line.time);
    product += p.weight * (p.time - line.time) * (p.value - line.value);
  }
  if (spread <= 0) return {.deviation = INFINITY};
  line.rate = product / spread;
  for (const Difference& p : points) {
    const double left = p.value - line.value - line.rate * (p.time - line.time);
    squares += p.weight * left * left;
  }
  line.scatter = std::sqrt(squares / std::max(1.0, sum - 2)) + selection::least_scatter;
  line.deviation = line.scatter / std::sqrt(spread);
  return line;
}

// Once more, with what lies far off the line counted less.
Fit fit_robustly(std::span<Difference> points) {
  const Fit first = fit(points);
  if (!std::isfinite(first.deviation)) return first;
  for (Difference& p : points) {
    const double off = (p.value - first.value - first.rate * (p.time - first.time)) / first.scatter;
    p.weight = 1 / (1 + off * off);
  }
  return fit(points);
}

// Mean time from one to the next, s.
double gap(MeasuredOffsets offsets) {
  if (offsets.size() < 2) return 0;
  return to_seconds(offsets.back().first - offsets.front().first) /
         static_cast<double>(offsets.size() - 1);
}

// One difference for each sample of the rarer: between its samples nothing new is learnt of it, and
// what lies there, drawn from two of them, would count as so many.
std::optional<Drift> drift_at_rare(MeasuredOffsets rare, MeasuredOffsets other, double sign) {
  std::array<Difference, OffsetHistory::capacity> points;
  ENSURE(rare.size() <= points.size());
  std::size_t used = 0, next = 1;
  for (const auto& [at, offset] : rare) {
    while (next < other.size() && other[next].first < at) ++next;
    if (next >= other.size()) break;
    const auto& [before, earlier] = other[next - 1];
    const auto& [after, later] = other[next];
    if (at < before || after <= before) continue;
    const double share = to_seconds(at - before) / to_seconds(after - before);
    points[used++] = {.time = to_seconds(at - rare.front().first),
                      .value = to_seconds(offset - earlier) - share * to_seconds(later - earlier)};
  }
  if (used < static_cast<std::size_t>(selection::least_rate_samples)) return std::nullopt;
  const Fit line = fit_robustly(std::span{points}.first(used));
  if (!std::isfinite(line.deviation)) return std::nullopt;
  return Drift{sign * line.rate, line.deviation};
}

}  // namespace

std::optional<Drift> drift_between(MeasuredOffsets source, MeasuredOffsets other) {
  return gap(source) < gap(other) ? drift_at_rare(other, source, -1)
                                  : drift_at_rare(source, other, 1);
}

std::optional<double> drift_in_deviations(MeasuredOffsets source,
                                          std::span<const MeasuredOffsets> others) {
  std::array<double, most_sources> seen;
  std::size_t used = 0;
  for (const MeasuredOffsets other : others) {
    if (other.data() == source.data() || used == seen.size()) continue;
    if (const auto drift = drift_between(source, other)) {
      seen[used++] = drift->rate / drift->deviation;
    }
  }
  if (used < 2) return std::nullopt;
  std::ranges::sort(std::span{seen}.first(used));
  const double lower = seen[(used - 1) / 2], upper = seen[used / 2];
  if (lower * upper <= 0) return 0;
  return std::min(std::abs(lower), std::abs(upper));
}

}  // namespace ntp
