// What was measured of one source: the newest offsets, for reports and to compare servers over the
// last half hour, and the sharpest of each few minutes, to compare them over hours.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "common/sync/selection_params.h"
#include "common/time/instants.h"

namespace ntp {

struct MeasuredOffset {
  RawTime at{};         // midpoint
  Nanos offset{0};      // UTC minus raw
  double variance = 0;  // s^2, as far as its delay tells
};
using MeasuredOffsets = std::span<const MeasuredOffset>;  // the oldest first

// The variance is kept of the newest `weighed`, the others have 0.
template <std::size_t most, std::size_t weighed = most>
class NewestOffsets {
 public:
  static constexpr std::size_t capacity = most;
  static_assert(weighed <= most);

  void add(const MeasuredOffset& measured) {
    if (size_ == capacity) {
      std::shift_left(times_.begin(), times_.end(), 1);
      std::shift_left(offsets_.begin(), offsets_.end(), 1);
      --size_;
    }
    std::shift_right(variances_.begin(), variances_.end(), 1);
    ++size_;
    replace_newest(measured);
  }
  // REQUIRES: size() > 0
  void replace_newest(const MeasuredOffset& measured) {
    times_[size_ - 1] = measured.at;
    offsets_[size_ - 1] = measured.offset;
    variances_[0] = static_cast<float>(measured.variance);
  }
  // Civil time was set by a leap second, or the operator's correction: the offsets follow.
  void leap(Nanos jump) {
    for (Nanos& offset : offsets_) offset += jump;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  // 0 is the oldest kept. REQUIRES: i < size()
  [[nodiscard]] MeasuredOffset operator[](std::size_t i) const {
    const std::size_t age = size_ - 1 - i;
    return {times_[i], offsets_[i], age < weighed ? variances_[age] : 0.0};
  }
  // The newest `weighed`, or as many as there are: how many, from the beginning of `to`.
  std::size_t copy_weighed(std::span<MeasuredOffset, weighed> to) const {
    const std::size_t count = std::min(size_, weighed);
    for (std::size_t i = 0; i < count; ++i) to[i] = (*this)[size_ - count + i];
    return count;
  }

 private:
  std::array<RawTime, most> times_{};
  std::array<Nanos, most> offsets_{};
  std::array<float, weighed> variances_{};  // the newest first
  std::size_t size_ = 0;
};

using OffsetHistory = NewestOffsets<64, selection::newest_compared>;

// The sharpest offset of each span of selection::sparse_gap or, where samples are rarer, each.
class SparseHistory {
 public:
  void add(const MeasuredOffset& measured) {
    if (kept_.size() == 0 || measured.at - begun_ >= selection::sparse_gap) {
      begun_ = measured.at;
      kept_.add(measured);
    } else if (measured.variance < kept_[kept_.size() - 1].variance) {
      kept_.replace_newest(measured);
    }
  }
  void leap(Nanos jump) { kept_.leap(jump); }
  std::size_t copy_weighed(std::span<MeasuredOffset, selection::sparse_compared> to) const {
    return kept_.copy_weighed(to);
  }

 private:
  NewestOffsets<selection::sparse_compared> kept_{};
  RawTime begun_{};  // the newest span
};

}  // namespace ntp
