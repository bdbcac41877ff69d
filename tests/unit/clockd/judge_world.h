// An honest network side on an oscillator of a known rate, and what clockd remembers of it: the
// world of the judge's tests. Tests spoil its records.
#pragma once

#include <gtest/gtest.h>

#include "clockd/judge.h"
#include "tests/unit/clockd/honest_record.h"

namespace ntp::clockd {

inline constexpr UtcTime start{1'800'000'000s};

// An honest network side on an oscillator that UTC gains `rate` on, and what clockd remembers.
struct World {
  Policy policy{.makestep = StepPolicy{1s, 3}};
  Memory memory{};
  Session session{.id = 5};
  RawTime raw{100s};
  Nanos system_error{0};
  Rate rate = 20.0_ppm;
  UtcTime utc = start;
  std::uint64_t sequence = 0;

  void pass(Nanos time) {
    raw += time;
    utc += time + rate * time;
  }
  [[nodiscard]] Reading reading() const { return {raw, {utc.since_zero + system_error}, 50ns}; }
  EstimateRecord record() { return honest_record(5, ++sequence, raw, utc, rate); }
  Verdict hear(const EstimateRecord& record) {
    const Verdict verdict = judge(record, reading(), policy, memory, session, false);
    if (!verdict.refusal) take(record, verdict, raw, policy, memory, session);
    if (verdict.steps && !verdict.refusal) system_error = 0ns;
    return verdict;
  }
  Verdict hear() { return hear(record()); }
  // Honest records until the phase is locked.
  void lock() {
    for (int i = 0; i < 80; ++i) {
      pass(64s);
      ASSERT_FALSE(hear().refusal) << i;
    }
    ASSERT_EQ(memory.phase, Phase::locked);
  }
};

}  // namespace ntp::clockd
