// Drives an estimator through a recorded world and steers a modelled clock by what it says.
// Header only because the estimator is a parameter: production, or a peer to compare with.
#pragma once

#include <ctime>

#include "tests/replay/recording.h"
#include "tests/replay/score.h"
#include "tests/replay/steered_clock.h"

namespace ntp::replay {

inline double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Estimator: `const std::optional<Combined>& take(int server, const Sample&)`; the answer is
// obeyed when the sample changed it, which `is_news` tells.
template <typename Estimator>
class Replay {
 public:
  Replay(const Recording& world, Estimator& estimator) : world_{world}, estimator_{estimator} {}

  Score run() {
    auto request = world_.requests.begin();
    for (int k = 0; k < world_.seconds; ++k) {
      clock_.begin_second(RawTime{to_nanos(k + world_.gained_at(k))});
      const double at_start = error_at(k);
      double t = k;
      for (; request != world_.requests.end() && request->answered_at() < k + 1; ++request) {
        if (!request->is_answered()) continue;
        pass(t, request->answered_at());
        t = request->answered_at();
        take(*request);
      }
      pass(t, k + 1);
      if (k >= world_.warm) keeper_.note_second(at_start, error_at(k + 1) - at_start);
    }
    return keeper_.finish(samples_ > 0 ? cpu_ / samples_ : 0);
  }

 private:
  double error_at(double t) const { return clock_.against_raw() + world_.gained_at(t); }
  void pass(double from, double to) {
    clock_.pass(to - from + world_.gained_at(to) - world_.gained_at(from));
  }
  void take(const Request& request) {
    const Sample sample = world_.sample(request);
    const double start = cpu_now();
    const auto& combined = estimator_.take(request.server, sample);
    cpu_ += cpu_now() - start;
    ++samples_;
    if (!combined || !estimator_.is_news()) return;
    clock_.obey(*combined, sample.received);
    if (request.answered_at() < world_.warm) return;
    const UtcTime truth{to_nanos(request.answered_at())};
    keeper_.note_line(to_seconds(combined->line.at(sample.received) - truth),
                      to_seconds(combined->line.deviation),
                      to_seconds(combined->line.bound_at(sample.received)));
  }

  const Recording& world_;
  Estimator& estimator_;
  SteeredClock clock_;
  ScoreKeeper keeper_;
  double cpu_ = 0;
  long samples_ = 0;
};

}  // namespace ntp::replay
