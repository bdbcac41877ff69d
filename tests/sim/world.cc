// Lets time pass from event to event: a second boundary, or an exchange with a server.
#include "tests/sim/world.h"

#include <algorithm>
#include <cmath>

#include "clockd/judge.h"
#include "clockd/steer.h"
#include "common/base/ensure.h"
#include "tests/sim/kernel_model.h"

namespace ntp::sim {

namespace {

constexpr UtcTime world_began{std::chrono::seconds{1'800'000'000}};  // 2027
constexpr Nanos hold{20us};                                          // in every server

UtcTime utc_of(TrueTime t) { return world_began + t.since_zero; }

// clockd without its process: judges each record and plays the order on the model kernel.
class Keeper {
 public:
  Keeper(const ClockSettings& settings, Nanos wrong)
      : policy_{clockd::to_policy(settings)}, kernel_{SystemTime{world_began.since_zero + wrong}} {
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

  void hear(const Combined& combined) {
    record_ = {.session = 1,
               .sequence = session_.sequence + 1,
               .published = kernel_.raw(),
               .line = combined.line,
               .sample_interval = std::max(combined.sample_interval, Nanos{1}),
               .tracking_deviation = combined.tracking_deviation,
               .root_distance = combined.root_delay / 2 + combined.root_dispersion,
               .leap = combined.leap,
               .stratum = combined.stratum,
               .sources = static_cast<std::uint8_t>(std::max(combined.combined_sources, 1))};
    const auto verdict = clockd::judge(record_, look(), policy_, memory_, session_, false);
    if (verdict.refusal) {
      ++refused_;
      return;
    }
    clockd::take(record_, verdict, kernel_.raw(), policy_, memory_, session_);
    is_set_ = true;
    if (verdict.steps) {
      kernel_.step(-verdict.error);
      playing_ = {};
    }
    order();
  }

  [[nodiscard]] Reading look() const { return {kernel_.raw(), kernel_.system(), 0ns}; }
  [[nodiscard]] int steps() const { return kernel_.steps(); }
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] bool is_set() const { return is_set_; }

 private:
  void order() {
    const Reading now = look();
    if (std::chrono::abs(clockd::error_of(record_.line, now)) < 1ms) was_right_ = true;
    const auto order = clockd::steer(record_, now, policy_, playing_, !was_right_);
    kernel_.adjust(order.adjustment);
    playing_ = order.playing;
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

struct Asked {
  ServerShape shape{};
  Path path;
  PollControl poll;
  SourceIndex index{-1};
  TrueTime next{};
  std::optional<TrueTime> last_answer{};
  int unanswered = 0;
};

// What the statistics are made of.
class Diary {
 public:
  explicit Diary(const Scenario& scenario) : scenario_{scenario} {}

  void note_second(TrueTime t, double error) {
    const double age = to_seconds(t.since_zero);
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
    if (t.since_zero >= scenario_.warm) errors_.push_back(std::abs(error));
  }

  void note_line(const Combined& combined, Nanos line_error, Nanos clock_error, RawTime now) {
    ++seconds_;
    const Nanos bound = combined.line.bound_at(now);
    if (std::chrono::abs(line_error) <= bound) ++inside_;
    if (now - combined.line.anchor < 2s) {  // the claim is about the anchor
      const double deviation = std::max(to_seconds(combined.line.deviation), 1e-10);
      line_sum_ += std::pow(to_seconds(line_error), 2);
      claim_sum_ += deviation * deviation;
    }
    servo_sum_ += std::pow(to_seconds(clock_error - line_error), 2);
  }

  [[nodiscard]] Outcome finish() {
    Outcome out;
    for (int i = 0; i < 4; ++i)
      out.first_window[i] = std::sqrt(window_sum_[i] / std::max(1, window_count_[i]));
    if (right_since_ < last_age_) out.within_millisecond = right_since_;
    out.rate_within_ppm = rate_found_;
    double sum = 0;
    for (const double e : errors_) sum += e * e;
    std::ranges::sort(errors_);
    if (!errors_.empty()) {
      out.rms = std::sqrt(sum / static_cast<double>(errors_.size()));
      out.p99 = errors_[errors_.size() * 99 / 100];
      out.most = errors_.back();
      out.rate_rms = std::sqrt(rate_sum_ / static_cast<double>(errors_.size()));
    }
    out.inside_bound = seconds_ ? static_cast<double>(inside_) / seconds_ : 0;
    out.sigma_ratio = claim_sum_ > 0 ? std::sqrt(line_sum_ / claim_sum_) : 0;
    out.servo_rms = seconds_ ? std::sqrt(servo_sum_ / seconds_) : 0;
    return out;
  }

 private:
  void note_rate(double age, double change) {
    if (std::abs(change) < 1e-6) {
      if (rate_run_++ == 0) rate_run_began_ = age;
      if (rate_run_ == 100 && rate_found_ < 0) rate_found_ = rate_run_began_;
    } else {
      rate_run_ = 0;
    }
    if (age >= to_seconds(scenario_.warm)) rate_sum_ += change * change;
  }

  const Scenario& scenario_;
  std::vector<double> errors_{};
  std::optional<double> last_error_{};
  double window_sum_[4] = {};
  int window_count_[4] = {};
  double right_since_ = 0, last_age_ = 0, rate_found_ = -1, rate_run_began_ = 0, rate_sum_ = 0;
  int rate_run_ = 0, inside_ = 0, seconds_ = 0;
  double line_sum_ = 0, claim_sum_ = 0, servo_sum_ = 0;
};

class World {
 public:
  World(const Scenario& scenario, std::uint64_t seed)
      : scenario_{scenario},
        oscillator_{scenario.oscillator, seed * 1'000'003},
        ensemble_{options_of(scenario)},
        keeper_{scenario.policy, scenario.wrong},
        diary_{scenario} {
    std::uint64_t k = 0;
    for (const ServerShape& shape : scenario.servers) {
      ++k;
      asked_.push_back({shape, Path{shape.path, seed * 7919 + k}, PollControl{scenario.poll}});
      asked_.back().next = TrueTime{shape.joins + 200ms * static_cast<int>(k)};
    }
  }

  Outcome run() {
    for (TrueTime second{1s}; second.since_zero <= scenario_.length; second += 1s) {
      for (Asked* due = earliest(); due && due->next < second; due = earliest()) exchange(*due);
      pass_to(second);
      note(second);
    }
    Outcome out = diary_.finish();
    out.packets = packets_;
    out.steps = keeper_.steps();
    out.refused = keeper_.refused();
    out.poll_changes = poll_changes_;
    return out;
  }

 private:
  static EnsembleOptions options_of(const Scenario& scenario) {
    EnsembleOptions options;
    if (scenario.drift_file) {
      options.start_rate = *scenario.drift_file;
      options.start_rate_deviation = ppm(0.1);
    }
    return options;
  }

  Asked* earliest() {
    const auto found = std::ranges::min_element(asked_, {}, &Asked::next);
    return found == asked_.end() ? nullptr : &*found;
  }

  void pass_to(TrueTime t) {
    if (t > now_) now_ = t;
    keeper_.pass_to(oscillator_.raw_at(now_));
  }

  void note(TrueTime second) {
    const Nanos clock_error = keeper_.look().system.since_zero - utc_of(second).since_zero;
    diary_.note_second(second, to_seconds(clock_error));
    const auto& combined = ensemble_.combined();
    if (!combined || second.since_zero < scenario_.warm) return;
    const RawTime raw = oscillator_.raw_at(second);
    diary_.note_line(*combined, combined->line.at(raw) - utc_of(second), clock_error, raw);
  }

  void exchange(Asked& server) {
    const TrueTime sent = std::max(server.next, now_);
    if (server.shape.leaves > 0ns && sent.since_zero >= server.shape.leaves) {
      if (server.index.value >= 0) ensemble_.remove(server.index);
      server.index = {};
      server.next = TrueTime{Nanos::max() / 2};
      return;
    }
    if (!server.path.is_up(sent)) {  // the daemon was told that the link is down
      server.next = sent + 1s;
      return;
    }
    if (server.index.value < 0) server.index = ensemble_.add(server.shape.options).value();
    ++packets_;
    const auto passage = server.path.travel(sent);
    Nanos wait{0};
    const int poll_before = server.poll.poll_log2();
    if (passage) {
      if (server.last_answer &&
          sent - *server.last_answer > 2 * (Nanos{1s} * (1 << std::max(poll_before, 0)))) {
        (void)server.poll.link_returned(sent - *server.last_answer);
      }
      take_answer(server, sent, *passage);
      wait =
          server.poll.after_sample(ensemble_.poll_evidence(server.index, server.poll.poll_log2()));
    } else {
      wait = server.poll.after_loss();
      ensemble_.mark_reachable(server.index, ++server.unanswered < 8);
    }
    if (server.poll.poll_log2() != poll_before) ++poll_changes_;
    ENSURE(wait >= 0ns);
    server.next = std::max(sent + wait, now_ + 1ms);
  }

  void take_answer(Asked& server, TrueTime sent, const Passage& passage) {
    const TrueTime arrived = sent + passage.up;
    const TrueTime back = arrived + hold + passage.down;
    Sample sample;
    sample.sent = oscillator_.raw_at(sent);
    sample.server_received = shown_by(server.shape, arrived);
    sample.server_sent = shown_by(server.shape, arrived + hold);
    sample.received = oscillator_.raw_at(back);
    sample.root_delay = server.shape.root_delay;
    sample.root_dispersion = server.shape.root_dispersion;
    sample.stratum = server.shape.stratum;
    pass_to(back);
    server.last_answer = back;
    server.unanswered = 0;
    ensemble_.mark_reachable(server.index, true);
    ensemble_.take(server.index, sample);
    if (const auto& combined = ensemble_.combined()) keeper_.hear(*combined);
  }

  static UtcTime shown_by(const ServerShape& server, TrueTime t) {
    const Nanos drifting = std::max(t.since_zero - server.drifts_from, Nanos{0});
    return utc_of(t) + server.offset + server.drift * drifting;
  }

  const Scenario& scenario_;
  Oscillator oscillator_;
  Ensemble ensemble_;
  Keeper keeper_;
  Diary diary_;
  std::vector<Asked> asked_{};
  TrueTime now_{};
  int packets_ = 0;
  int poll_changes_ = 0;
};

}  // namespace

Outcome simulate(const Scenario& scenario, std::uint64_t seed) {
  return World{scenario, seed}.run();
}

}  // namespace ntp::sim
