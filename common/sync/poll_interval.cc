// See poll_interval.h.
#include "common/sync/poll_interval.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/sync/poll_params.h"

namespace ntp {
namespace {

// 2^log2 s; intervals under a second are exact too (-7 is the least).
Nanos power_of_two(int log2) { return to_nanos(std::ldexp(1.0, log2)); }

// log2 of the best interval, s; in proportion shorter for a larger target.
double wanted_log2(const PollEvidence& evidence, int target) {
  const double share = poll::share_of_intercept * poll::usual_target / std::max(target, 1);
  return std::log2(share * std::max(to_seconds(evidence.intercept), 1e-3));
}

// `room`: log2 of the best interval over the present one.
double pace_of_growth(const PollEvidence& evidence, double room) {
  const double known = to_seconds(evidence.deviation_now), noise = to_seconds(evidence.noise);
  if (known > noise) return poll::grow_unsure;
  return known < poll::sure * noise && room > poll::far_above ? poll::grow_far : poll::grow;
}

}  // namespace

bool is_news(const PollEvidence& evidence) {
  return evidence.was_selected && evidence.surprise > poll::great_surprise;
}

PollControl::PollControl(const PollOptions& options)
    : options_{options}, poll_log2_{options.least_log2} {
  if (options.burst_at_start) (void)begin_burst(poll::start_good, poll::start_requests);
}

Nanos PollControl::interval() const {
  const Nanos full = power_of_two(poll_log2_);
  switch (phase_) {
    case Phase::start:
      return std::min(full, std::max(poll::first_wait, since_phase_ / poll::baseline_shares));
    case Phase::link_back: return full / 2;
    case Phase::settled: return full;
  }
  return full;
}

// The wait after a request of the start, until the interval is reached, or of a link that is back.
Nanos PollControl::next_of_phase() {
  const Nanos wait = interval(), full = power_of_two(poll_log2_);
  since_phase_ += wait;
  const bool goes_on =
      phase_ == Phase::start ? wait < full : since_phase_ < poll::return_intervals * full;
  if (!goes_on) phase_ = Phase::settled;
  return wait;
}

Nanos PollControl::next_of_burst() {
  const Nanos gap = std::min(poll::burst_gap, power_of_two(poll_log2_));
  since_phase_ += gap;
  return gap;
}

Nanos PollControl::begin_burst(int good, int most) {
  left_ = Nanos{0};
  good_left_ = good;
  requests_left_ = most;
  return Nanos{0};
}

void PollControl::begin_start() {
  phase_ = Phase::start;
  since_phase_ = Nanos{0};
}

Nanos PollControl::link_returned(Nanos gap) {
  if (gap < poll::gap_intervals * power_of_two(poll_log2_)) return Nanos{0};
  phase_ = Phase::link_back;
  since_phase_ = Nanos{0};
  account_ -= poll::return_good - 1;
  return begin_burst(poll::return_good, poll::return_requests);
}

Nanos PollControl::put_on_line(Nanos unasked) {
  losses_in_row_ = 0;
  account_ = std::min(account_, 0.0) + to_seconds(unasked) / to_seconds(power_of_two(poll_log2_));
  early_wait_ = std::max(unasked / poll::shares_of_gap, power_of_two(options_.least_log2));
  return link_returned(unasked);
}

bool PollControl::bring_forward(Nanos since, Nanos left) {
  if (phase_ != Phase::settled || in_burst() || left <= Nanos{0}) return false;
  if (since < interval() / poll::share_before_news || account_ < -poll::most_owed) return false;
  account_ -= to_seconds(left) / to_seconds(interval());
  (void)begin_burst(1, 2);
  left_ = left;
  return true;
}

double PollControl::saved_by_waiting(Nanos wait) const {
  return to_seconds(wait) / to_seconds(power_of_two(poll_log2_)) - 1;
}

bool PollControl::is_making_up() const {
  const double cost = -saved_by_waiting(early_wait_);
  return 0 < cost && cost <= account_;
}

double PollControl::paid_by_wait() const {
  return poll_log2_ == options_.most_log2 ? poll::paid_at_maxpoll : poll::paid_each_wait;
}

Nanos PollControl::on_account(Nanos wait, double most_paid) {
  const Nanos full = power_of_two(poll_log2_);
  if (is_making_up()) {
    wait = std::min(wait, early_wait_);
  } else if (account_ < 0 && wait >= full) {
    wait += to_nanos(std::min(-account_, most_paid) * to_seconds(full));
  }
  account_ += saved_by_waiting(wait);
  return wait;
}

Nanos PollControl::next_settled() {
  const Nanos left = std::exchange(left_, Nanos{0});
  return left > Nanos{0} ? std::min(left, interval()) : interval();
}

// A run of losses is booked when it is over: a silence is none of what is lost now and then.
void PollControl::note_answer() {
  if (losses_in_row_ < poll::unreachable) {
    answered_ *= std::pow(1 - poll::answered_gain, losses_in_row_);
  }
  answered_ += poll::answered_gain * (1 - answered_);
  losses_in_row_ = 0;
}

Nanos PollControl::after_sample(const PollEvidence& evidence) {
  note_answer();
  if (in_burst()) {
    --good_left_;
    --requests_left_;
    if (in_burst()) return next_of_burst();
  }
  const bool is_known = evidence.samples > 2 && !evidence.is_on_trust &&
                        evidence.deviation <= poll::start_deviations * evidence.deviation_now;
  if (phase_ != Phase::settled && is_known) {
    phase_ = Phase::settled;
    return on_account(interval(), paid_by_wait());
  }
  if (phase_ != Phase::settled) return on_account(next_of_phase(), paid_by_wait());
  if (!is_making_up()) judge(evidence);
  return on_account(next_settled(), paid_by_wait());
}

Nanos PollControl::after_loss() {
  losses_in_row_ = std::min(losses_in_row_ + 1, poll::unreachable);
  if (in_burst()) {
    --requests_left_;
    if (in_burst()) return next_of_burst();
  }
  if (phase_ != Phase::settled) return on_account(next_of_phase(), poll::paid_each_wait);
  if (losses_in_row_ == poll::unreachable) score_ += poll::grow_on_loss;
  if (score_ >= 1) move(1);
  return on_account(next_settled(), poll::paid_each_wait);
}

void PollControl::judge(const PollEvidence& evidence) {
  if (evidence.surprise > poll::surprise) {
    move(evidence.surprise > poll::great_surprise ? -2 : -1);
    return;
  }
  const double longer_by_loss = -poll::powers_of_answered * std::log2(answered_);
  const double room = wanted_log2(evidence, options_.target) + longer_by_loss - poll_log2_;
  if (room < poll::shrink_below) {
    score_ += poll::shrink;
  } else if (room > poll::grow_above) {
    score_ += pace_of_growth(evidence, room);
  } else {
    score_ *= poll::fade;
  }
  if (score_ >= 1) move(1);
  if (score_ <= -1) move(-1);
}

void PollControl::move(int by) {
  poll_log2_ = std::clamp(poll_log2_ + by, options_.least_log2, options_.most_log2);
  phase_ = Phase::settled;
  score_ = 0;
}

void PollControl::change(const PollOptions& options) {
  options_ = options;
  options_.most_log2 = std::max(options_.most_log2, options_.least_log2);
  move(0);
}

void PollControl::slow_down(int poll_log2) {
  options_.least_log2 = std::max(options_.least_log2, poll_log2);
  account_ = std::min(account_, 0.0);
  change(options_);
  end_burst();
}

}  // namespace ntp
