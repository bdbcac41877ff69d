// The rate for a time without any source (`fallbackdrift`): averages over 1, 2, 4 ... of root's
// spans, each used once the silence has lasted as long as it looks back. A rate that was learnt
// over a week is wrong for the next minute and right for the next day. Pure.
#pragma once

#include <array>
#include <optional>

#include "common/conf/clock_settings.h"
#include "common/time/instants.h"

namespace ntp::clockd {

class Fallback {
 public:
  Fallback() = default;
  explicit Fallback(FallbackDrift spans) : spans_{spans} {}

  // A believed rate, `since` after the one before.
  void learn(Rate rate, Nanos since);
  // The average to use after so long a silence; nullopt: none yet, or not that long observed.
  [[nodiscard]] std::optional<Rate> after(Nanos silence) const;
  // The silence at which the answer may change next; negative = never.
  [[nodiscard]] Nanos next_change(Nanos silence) const;

 private:
  FallbackDrift spans_{.least = 0, .most = -1};  // none
  std::array<Rate, 32> averages_{};
  Nanos observed_{0};
};

}  // namespace ntp::clockd
