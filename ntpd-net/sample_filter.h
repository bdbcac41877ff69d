// The `filter` option: of so many samples in a row only the middle one, by its offset, goes on.
// Keeps samples, judges none.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "common/sync/sample.h"

namespace ntp {

class SampleFilter {
 public:
  SampleFilter() = default;
  // `length` below 2 lets every sample through.
  explicit SampleFilter(int length) : length_{length} {}

  // The middle sample once there are enough of them.
  [[nodiscard]] std::optional<Sample> take(const Sample& sample) {
    if (length_ < 2) return sample;
    waiting_.push_back(sample);
    if (waiting_.size() < static_cast<std::size_t>(length_)) return std::nullopt;
    const auto middle = waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_.size() / 2);
    std::ranges::nth_element(waiting_, middle, {}, offset_of);
    const Sample chosen = *middle;
    waiting_.clear();
    return chosen;
  }
  void forget() { waiting_.clear(); }

 private:
  // Twice UTC minus raw time at the middle of the exchange.
  static Nanos offset_of(const Sample& s) {
    return (s.server_received.since_zero - s.sent.since_zero) +
           (s.server_sent.since_zero - s.received.since_zero);
  }

  int length_ = 0;
  std::vector<Sample> waiting_;
};

}  // namespace ntp
