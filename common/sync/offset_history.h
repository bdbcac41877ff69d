// The newest offsets of one source, as they were measured: for reports, and to compare sources.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "common/time/instants.h"

namespace ntp {

class OffsetHistory {
 public:
  static constexpr std::size_t capacity = 64;

  void add(RawTime at, Nanos offset) {
    entries_[next_ % entries_.size()] = {at, offset};
    ++next_;
  }
  [[nodiscard]] std::size_t size() const {
    return next_ < entries_.size() ? next_ : entries_.size();
  }
  // Civil time was set by a leap second: the server's offsets follow.
  void leap(Nanos jump) {
    for (auto& entry : entries_) entry.second += jump;
  }
  // 0 is the oldest kept.
  [[nodiscard]] const std::pair<RawTime, Nanos>& operator[](std::size_t i) const {
    return entries_[(next_ - size() + i) % entries_.size()];
  }

 private:
  std::array<std::pair<RawTime, Nanos>, capacity> entries_{};  // raw midpoint; UTC minus raw
  std::size_t next_ = 0;
};

}  // namespace ntp
