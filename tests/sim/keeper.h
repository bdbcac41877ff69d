// clockd without its process: judges each record and plays the order on the model kernel.
// Production code decides; this only carries its answers.
#pragma once

#include <algorithm>
#include <optional>

#include "clockd/judge.h"
#include "clockd/steer.h"
#include "common/conf/clock_settings.h"
#include "common/sync/ensemble.h"
#include "tests/sim/kernel_model.h"

namespace ntp::sim {

class Keeper {
 public:
  Keeper(const ClockSettings& settings, SystemTime shown)
      : policy_{clockd::to_policy(settings)}, kernel_{shown} {
    session_.id = 1;
  }

  void pass_to(RawTime raw) {
    while (again_ && *again_ <= raw) {
      kernel_.pass(*again_ - kernel_.raw());
      again_.reset();
      order();
    }
    kernel_.pass(raw - kernel_.raw());
  }

  // False: refused.
  bool hear(const Combined& combined) {
    const EstimateRecord record{
        .session = session_.id,
        .sequence = session_.sequence + 1,
        .published = kernel_.raw(),
        .line = combined.line,
        .sample_interval = std::max(combined.sample_interval, Nanos{1}),
        .time_scale = combined.time_scale,
        .tracking_deviation = combined.tracking_deviation,
        .root_distance = combined.root_delay / 2 + combined.root_dispersion,
        .leap = combined.leap,
        .stratum = combined.stratum,
        .sources = static_cast<std::uint8_t>(std::max(combined.combined_sources, 1))};
    const auto verdict = clockd::judge(record, look(), policy_, memory_, session_, false);
    if (verdict.refusal) {
      ++refused_;
      return false;
    }
    record_ = record;
    clockd::take(record_, verdict, kernel_.raw(), policy_, memory_, session_);
    is_set_ = true;
    if (verdict.steps) {
      kernel_.step(-verdict.error);
      playing_ = {};
    }
    order();
    return true;
  }

  // A new clockd: what it does with the store and the kernel
  // (clockd/daemon, begin).
  void restart() {
    again_.reset();
    session_ = {.id = session_.id + 1};
    playing_ = {};
    is_set_ = was_right_ = false;
    if (memory_.lessons > 0) {
      KernelAdjustment kept = kernel_.last();
      kept.rate = memory_.learnt;
      kept.offset = kernel_.offset_left();
      kernel_.adjust(kept);
    }
  }
  // A network side that nobody knows yet.
  void begin_session() { session_ = {.id = session_.id + 1, .taught = session_.taught}; }

  [[nodiscard]] Reading look() const { return {kernel_.raw(), kernel_.system(), 0ns}; }
  // The line in force. REQUIRES: is_set.
  [[nodiscard]] const Estimate& aim() const { return record_.line; }
  [[nodiscard]] Rate rate() const { return kernel_.rate_now(); }
  [[nodiscard]] int steps() const { return kernel_.steps(); }
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] bool is_set() const { return is_set_; }

 private:
  void order() {
    const Reading now = look();
    if (std::chrono::abs(clockd::error_of(record_.line, now)) < 1ms) was_right_ = true;
    const auto order =
        clockd::steer(record_, now, policy_, playing_, kernel_.offset_left(), !was_right_);
    kernel_.adjust(order.adjustment);
    playing_ = order.playing(now);
    if (order.again > 0ns) again_ = now.raw + order.again;
  }

  clockd::Policy policy_;
  clockd::Memory memory_{};
  clockd::Session session_{};
  clockd::Playing playing_{};
  KernelModel kernel_;
  EstimateRecord record_{};
  std::optional<RawTime> again_{};
  bool was_right_ = false;
  bool is_set_ = false;
  int refused_ = 0;
};

}  // namespace ntp::sim
