// The newest offsets of one source, as they were measured: for reports, and to compare sources.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "common/time/instants.h"

namespace ntp {

using MeasuredOffset = std::pair<RawTime, Nanos>;         // raw midpoint; UTC minus raw
using MeasuredOffsets = std::span<const MeasuredOffset>;  // the oldest first

template <std::size_t most>
class NewestOffsets {
 public:
  static constexpr std::size_t capacity = most;

  void add(RawTime at, Nanos offset) {
    if (size_ == capacity) {
      std::shift_left(entries_.begin(), entries_.end(), 1);
      --size_;
    }
    entries_[size_++] = {at, offset};
  }
  // Civil time was set by a leap second: the server's offsets follow.
  void leap(Nanos jump) {
    for (auto& entry : entries_) entry.second += jump;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] MeasuredOffsets all() const { return std::span{entries_}.first(size_); }
  // 0 is the oldest kept.
  [[nodiscard]] const MeasuredOffset& operator[](std::size_t i) const { return entries_[i]; }

 private:
  std::array<MeasuredOffset, capacity> entries_{};
  std::size_t size_ = 0;
};

using OffsetHistory = NewestOffsets<64>;
using SparseHistory = NewestOffsets<32>;  // see selection::sparse_gap

}  // namespace ntp
