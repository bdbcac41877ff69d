// See mutual_drift.h.
#include "common/sync/mutual_drift.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/ensure.h"
#include "common/sync/gaussian.h"
#include "common/sync/selection_params.h"

namespace ntp {
namespace {

// Of two servers' offsets at one instant.
struct Difference {
  double time = 0;  // s since the first one
  double value = 0;
  double weight = 0;  // 1 / its variance
  double others = 0;  // share of the variance that is the other's, > 0
};

struct Differences {
  RawTime origin{};
  std::array<Difference, selection::newest_compared> points;
  std::size_t count = 0;

  [[nodiscard]] std::span<const Difference> all() const { return std::span{points}.first(count); }
  [[nodiscard]] bool are_enough() const { return count >= selection::least_drift_samples; }
};

// Mean time from one to the next, s.
double gap(MeasuredOffsets offsets) {
  if (offsets.size() < 2) return 0;
  return to_seconds(offsets.back().at - offsets.front().at) /
         static_cast<double>(offsets.size() - 1);
}

// From the one before `i` to it.
double slope(MeasuredOffsets offsets, std::size_t i) {
  return to_seconds(offsets[i].offset - offsets[i - 1].offset) /
         to_seconds(offsets[i].at - offsets[i - 1].at);
}

// How far, s, the offset may be from the straight line that joins the samples i - 1 and i: by as
// much as the line bends at them, for the oscillator may have changed its rate in between.
double bend(MeasuredOffsets offsets, std::size_t i) {
  const double here = slope(offsets, i);
  double change = 0;
  if (i >= 2) change += std::abs(here - slope(offsets, i - 1));
  if (i + 1 < offsets.size()) change += std::abs(slope(offsets, i + 1) - here);
  return selection::bend_share * change * to_seconds(offsets[i].at - offsets[i - 1].at);
}

// One difference for each sample of the rarer: between its samples nothing new is learnt of it, and
// what lies there, drawn from two of them, would count as so many.
Differences differences_of(MeasuredOffsets source, MeasuredOffsets other) {
  const bool is_rare = gap(source) >= gap(other);
  const MeasuredOffsets rare = is_rare ? source : other, often = is_rare ? other : source;
  Differences made;
  ENSURE(rare.size() <= made.points.size());
  if (rare.empty()) return made;
  made.origin = rare.front().at;
  std::size_t next = 1;
  for (const MeasuredOffset& sample : rare) {
    while (next < often.size() && often[next].at < sample.at) ++next;
    if (next >= often.size()) break;
    const MeasuredOffset &before = often[next - 1], &after = often[next];
    if (sample.at < before.at || after.at <= before.at) continue;
    const double share = to_seconds(sample.at - before.at) / to_seconds(after.at - before.at);
    const double value = to_seconds(sample.offset - before.offset) -
                         share * to_seconds(after.offset - before.offset);
    const double floor = square(selection::least_scatter);
    const double seen = sample.variance + floor;
    const double drawn = square(1 - share) * before.variance + square(share) * after.variance +
                         square(bend(often, next)) + floor;
    const double variance = seen + drawn;
    made.points[made.count++] = {.time = to_seconds(sample.at - made.origin),
                                 .value = is_rare ? value : -value,
                                 .weight = 1 / variance,
                                 .others = (is_rare ? drawn : seen) / variance};
  }
  return made;
}

// Level until `since`, straight from there on. What is known of the noise counts as much as so many
// differences' scatter.
std::optional<Drift> fit(const Differences& differences, RawTime since) {
  const double begin = to_seconds(since - differences.origin);
  const auto after = [begin](const Difference& d) { return std::max(0.0, d.time - begin); };
  double weights = 0, time = 0, value = 0, others = 0;
  for (const Difference& d : differences.all()) {
    weights += d.weight;
    time += d.weight * after(d);
    value += d.weight * d.value;
    others += d.others;
  }
  time /= weights;
  value /= weights;
  double spread = 0, product = 0, squares = 0;
  for (const Difference& d : differences.all()) {
    const double t = after(d) - time, v = d.value - value;
    spread += d.weight * t * t;
    product += d.weight * t * v;
    squares += d.weight * v * v;
  }
  if (!(spread > 0)) return std::nullopt;  // no sample since
  const double rate = product / spread;
  const double left = std::max(0.0, squares - rate * product);
  const auto count = static_cast<double>(differences.count);
  const double scatter = (left + selection::known_samples) / (count - 2 + selection::known_samples);
  return Drift{.rate = rate, .variance = scatter / spread, .others = others / count};
}

// When a drift may have begun: all that is kept ago, or halves of it. With the first of them alone
// servers that begin to drift after hours have 14 % more error.
constexpr std::size_t begins = 4;
using Begins = std::array<RawTime, begins>;

Begins begins_of(MeasuredOffsets offsets) {
  Begins since;
  for (std::size_t k = 0; k < begins; ++k) {
    since[k] =
        offsets[k == 0 ? 0 : offsets.size() - std::max<std::size_t>(1, offsets.size() >> k)].at;
  }
  return since;
}

// The square of the source's drift against all others in sd, for each beginning. The sharper pairs
// say more; the noise of the source is the same in all of them, and adding pairs does not lessen
// it.
using Evidence = std::array<double, begins>;

Evidence evidence(MeasuredOffsets source, std::span<const MeasuredOffsets> servers,
                  const Begins& since) {
  struct Sum {
    int pairs = 0;
    double weights = 0, rates = 0, own = 0;
  };
  std::array<Sum, begins> sums{};
  for (const MeasuredOffsets other : servers) {
    if (other.data() == source.data()) continue;
    const Differences differences = differences_of(source, other);
    if (!differences.are_enough()) continue;
    for (std::size_t k = 0; k < begins; ++k) {
      const auto drift = fit(differences, since[k]);
      if (!drift) continue;
      const double weight = 1 / (drift->variance * drift->others);
      ++sums[k].pairs;
      sums[k].weights += weight;
      sums[k].rates += weight * drift->rate;
      sums[k].own += weight * drift->variance * (1 - drift->others);
    }
  }
  Evidence found{};
  for (std::size_t k = 0; k < begins; ++k) {
    const Sum& sum = sums[k];
    if (sum.pairs >= 2) found[k] = square(sum.rates) / (sum.weights * (1 + sum.own));
  }
  return found;
}

}  // namespace

std::optional<Drift> drift_between(MeasuredOffsets source, MeasuredOffsets other, RawTime since) {
  const Differences differences = differences_of(source, other);
  if (!differences.are_enough()) return std::nullopt;
  return fit(differences, since);
}

bool runs_away(std::span<const MeasuredOffsets> servers, bool did) {
  if (servers.size() < 3 || servers[0].empty()) return did;
  const Begins since = begins_of(servers[0]);
  Evidence own = evidence(servers[0], servers, since);
  const double most = std::ranges::max(own);
  if (did) return most > square(selection::drift_back);
  if (most <= square(selection::drift_out)) return false;
  // Rarely so far: whose fault is it?
  Evidence others{};
  for (const MeasuredOffsets other : servers.subspan(1)) {
    const Evidence theirs = evidence(other, servers, since);
    for (std::size_t k = 0; k < begins; ++k) others[k] = std::max(others[k], theirs[k]);
  }
  for (std::size_t k = 0; k < begins; ++k) {
    const double least =
        std::max(square(selection::drift_out), others[k] + selection::drift_margin);
    if (own[k] > least) return true;
  }
  return false;
}

}  // namespace ntp
