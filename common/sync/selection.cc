// See selection.h.
#include "common/sync/selection.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/ensure.h"
#include "common/sync/selection_params.h"

namespace ntp {
namespace {

struct Edge {
  double at = 0;
  bool opens = false;
};

struct Overlap {
  double low = 0, high = 0;
  int depth = 0;
};

// The stretch that most intervals share; the first of equals.
Overlap deepest_overlap(std::span<Edge> edges) {
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.opens && !b.opens;
  });
  Overlap best;
  int depth = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    depth += edges[i].opens ? 1 : -1;
    if (depth > best.depth) best = {edges[i].at, edges[i + 1].at, depth};
  }
  return best;
}

}  // namespace

bool find_truechimers(std::span<Candidate> candidates) {
  ENSURE(candidates.size() <= most_sources);
  const bool has_trust = std::ranges::any_of(candidates, &Candidate::is_trusted);
  std::array<Edge, 2 * most_sources> edges;
  std::size_t used = 0;
  for (const Candidate& c : candidates) {
    if (has_trust && !c.is_trusted) continue;
    edges[used++] = {c.low, true};
    edges[used++] = {c.high, false};
  }
  const Overlap truth = deepest_overlap(std::span{edges}.first(used));
  const int voters = static_cast<int>(used / 2);
  if (2 * truth.depth <= voters) {
    for (Candidate& c : candidates) c.standing = Standing::falseticker;
    return false;
  }
  for (Candidate& c : candidates) {
    const bool contains = c.low <= truth.low && c.high >= truth.high;
    const bool is_inside = c.low >= truth.low && c.high <= truth.high;
    c.standing = contains || is_inside        ? Standing::selected
                 : has_trust && !c.is_trusted ? Standing::untrusted
                                              : Standing::falseticker;
  }
  return true;
}

void compare_rates(std::span<RateWitness> witnesses, int newest) {
  if (witnesses.size() < selection::least_rate_voters) return;
  std::ranges::sort(witnesses, {}, &RateWitness::rate);
  const std::size_t middle = witnesses.size() / 2;
  RateWitness median = witnesses[middle];
  if (witnesses.size() % 2 == 0) {
    median.rate = (median.rate + witnesses[middle - 1].rate) / 2;
    median.variance = (median.variance + witnesses[middle - 1].variance) / 2;
  }
  for (RateWitness& witness : witnesses) {
    RateRecord& record = *witness.record;
    if (witness.index == newest) {
      const double variance =
          witness.variance + median.variance + selection::least_rate_sd * selection::least_rate_sd;
      const double z = std::abs(witness.rate - median.rate) / std::sqrt(variance);
      record.doubt +=
          selection::rate_gain * (std::min(z, selection::most_rate_doubt) - record.doubt);
    }
    record.is_out = record.doubt > (record.is_out ? selection::rate_back : selection::rate_out);
  }
}

}  // namespace ntp
