// Which sources tell the truth? Each says "UTC is within this interval"; the truth is where most
// intervals overlap (Marzullo), and sources outside are falsetickers. No majority, no answer.
// Then the rates: all sources see the same oscillator, so one whose rate differs is drifting,
// long before its interval gives it away. Plain functions over candidates; keeps only what
// each source's rate has been accused of.
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

// What a source's rate has been accused of.
struct RateRecord {
  double doubt = 0;  // smoothed |rate - median| in sd
  bool is_out = false;
  bool runs_away = false;  // from the other servers, see mutual_drift.h
};

struct RateWitness {
  int index = -1;
  double rate = 0, variance = 0;
  RateRecord* record = nullptr;  // never null
};

// Judges the rates of sources with enough samples; only `newest`, whose sample this is, has its
// doubt moved. Needs three witnesses.
void compare_rates(std::span<RateWitness> witnesses, int newest);

}  // namespace ntp
