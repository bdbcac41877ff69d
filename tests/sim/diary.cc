// Sums, and one quantile.
#include "tests/sim/diary.h"

#include <algorithm>
#include <cmath>

namespace ntp::sim {

namespace {

constexpr double rate_grain = 1e-6 / 65536;  // of the kernel's rate: half of it is rounded off

}  // namespace

void Diary::note_second(double age, double error) {
  if (last_error_) note_rate(age, error - *last_error_);
  last_error_ = error;
  if (std::abs(error) > 1e-3) right_since_ = age + 1;
  last_age_ = age;
  static constexpr double edges[] = {10, 30, 100, 300, 1000};
  for (int i = 0; i < 4; ++i) {
    if (age < edges[i] || age >= edges[i + 1]) continue;
    window_sum_[i] += error * error;
    ++window_count_[i];
  }
  errors_.push_back(static_cast<float>(error));
  if (age < warm_) return;
  sum_ += error * error;
  ++warm_seconds_;
  note_transient(age, error);
}

void Diary::note_transient(double age, double error) {
  if (!restart_) worst_before_ = std::max(worst_before_, std::abs(error));
  else if (age < *restart_ + after_restart) worst_after_ = std::max(worst_after_, std::abs(error));
}

void Diary::note_rate(double age, double change) {
  if (std::abs(change) < 1e-6) {
    if (rate_run_++ == 0) rate_run_began_ = age;
    if (rate_run_ == 100) rate_found_ = std::min(rate_found_, rate_run_began_);
  } else {
    rate_run_ = 0;
  }
  if (age >= warm_) rate_sum_ += change * change;
}

void Diary::note_published(const Published& now) {
  ++lines_;
  if (std::abs(now.error) <= std::min(now.bound, now.root_distance)) ++inside_;
  servo_sum_ += now.clock * now.clock;
  distance_sum_ += now.root_distance;
}

// The kernel ends the share of the second that runs when an order comes, whatever the order says:
// so the pull is watched from the second look on. From there the clock may only come nearer.
void Diary::note_pull(double age, double clock, double rate) {
  slew_ = std::max(slew_, std::abs(rate));
  if (++pull_age_ <= 2) {
    pulled_ = clock;
    return;
  }
  if (age < warm_) return;
  const double beyond = pulled_ < 0 ? clock : -clock;
  const double away = std::abs(clock) - std::abs(pulled_);
  overshoot_ = std::max(overshoot_, std::max(beyond, away) - rate_grain / 2 * pull_age_);
}

void Diary::note_deviation(double error, double deviation) {
  line_sum_ += error * error;
  claim_sum_ += deviation * deviation;
}

Outcome Diary::finish() const {
  Outcome out;
  for (std::size_t i = 0; i < 4; ++i) {
    out.first_window[i] = std::sqrt(window_sum_[i] / std::max(1, window_count_[i]));
  }
  if (right_since_ < last_age_) out.within_millisecond = right_since_;
  out.rate_within_ppm = rate_found_;
  if (warm_seconds_ > 0) {
    std::vector<float> sizes(errors_.end() - warm_seconds_, errors_.end());
    for (float& size : sizes) size = std::abs(size);
    const auto p99 = sizes.begin() + warm_seconds_ * 99 / 100;
    std::ranges::nth_element(sizes, p99);
    const auto seconds = static_cast<double>(warm_seconds_);
    out.rms = std::sqrt(sum_ / seconds);
    out.p99 = static_cast<double>(*p99);
    out.most = static_cast<double>(*std::max_element(p99, sizes.end()));
    out.rate_rms = std::sqrt(rate_sum_ / seconds);
  }
  const double lines = static_cast<double>(std::max(lines_, 1L));
  out.inside_bound = static_cast<double>(inside_) / lines;
  out.sigma_ratio = claim_sum_ > 0 ? std::sqrt(line_sum_ / claim_sum_) : 0;
  out.servo_rms = std::sqrt(servo_sum_ / lines);
  out.root_distance = distance_sum_ / lines;
  out.overshoot = overshoot_;
  out.slew = slew_;
  if (restart_ && worst_before_ > 0) out.transient = worst_after_ / worst_before_;
  return out;
}

}  // namespace ntp::sim
