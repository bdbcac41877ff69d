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

}  // namespace ntp
