// A toy world for unit tests of common/sync: one oscillator, servers behind paths, repeatable
// chance. Makes samples; judges nothing.
#pragma once

#include <random>

#include "common/sync/sample.h"

namespace ntp {

// How long packets take, one way each.
struct ToyPath {
  double up = 0.01, down = 0.01;            // base delays, s
  double wait_up = 1e-4, wait_down = 1e-4;  // mean exponential waits, s
};

class ToyWorld {
 public:
  explicit ToyWorld(unsigned seed, double rate = 20e-6) : rate_{rate}, chance_{seed} {}

  // Moves true time on; the raw clock runs by its rate (raw gained per true second, minus one).
  void pass(double seconds) {
    now_ += seconds;
    raw_gain_ += seconds * rate_;
  }
  void set_rate(double rate) { rate_ = rate; }
  [[nodiscard]] double rate() const { return rate_; }
  [[nodiscard]] double now() const { return now_; }
  [[nodiscard]] RawTime raw() const { return RawTime{to_nanos(now_ + raw_gain_)}; }
  [[nodiscard]] UtcTime truth() const { return UtcTime{to_nanos(now_)}; }
  // UTC gained per raw second, minus one.
  [[nodiscard]] double true_rate() const { return 1 / (1 + rate_) - 1; }

  // An exchange that ends now, with a server whose clock is wrong by `server_error` s. Moves time
  // by as long as it takes.
  Sample ask(const ToyPath& path, double server_error = 0) {
    Sample sample{.sent = raw()};
    pass(path.up + wait(path.wait_up));
    sample.server_received = sample.server_sent = UtcTime{to_nanos(now_ + server_error)};
    pass(path.down + wait(path.wait_down));
    sample.received = raw();
    return sample;
  }
  double wait(double mean) {
    return mean > 0 ? std::exponential_distribution<double>{1 / mean}(chance_) : 0;
  }
  std::mt19937& chance() { return chance_; }

 private:
  double now_ = 1000;
  double raw_gain_ = 0;
  double rate_;
  std::mt19937 chance_;
};

}  // namespace ntp
