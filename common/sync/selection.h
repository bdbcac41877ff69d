// Which sources tell the truth? Each says "UTC is within this interval"; the truth is where most
// intervals overlap (Marzullo), and sources outside are falsetickers. No majority, no answer.
// Plain functions over candidates. A server that drifts is found by mutual_drift, long before its
// interval gives it away.
#pragma once

#include <span>

#include "common/sync/ensemble.h"

namespace ntp {

// A source that passed its own tests, as selection sees it at one instant.
struct Candidate {
  int index = -1;
  double low = 0, high = 0;  // UTC minus raw time lies between, s, common origin
  bool is_trusted = false;
  Standing standing = Standing::outlier;  // until selected
};

// Marks each candidate `selected`, `falseticker` or `untrusted`. False when there is no majority
// (of the trusted ones, if there are any).
[[nodiscard]] bool find_truechimers(std::span<Candidate> candidates);

}  // namespace ntp
