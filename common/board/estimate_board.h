// The ring from ntpd-net to clockd: EstimateRecord as sixteen words (sync-board(7)).
// Form only - exact magic, enums by name, reserved bits zero; belief is clockd/judge.
#pragma once

#include "common/board/board.h"
#include "common/board/records.h"

namespace ntp {

template <>
struct Layout<EstimateRecord> {
  static constexpr std::uint64_t magic = 0x3145'4d49'5453'454d;  // "MESTIME1"
  static constexpr std::size_t words = 16;
  [[nodiscard]] static Words<words> encode(const EstimateRecord& record);
  [[nodiscard]] static std::optional<EstimateRecord> decode(const Words<words>& from);
};
using EstimateWriter = RingWriter<EstimateRecord>;
using EstimateReader = RingReader<EstimateRecord>;

// Rates cross the boundary as integers of 1e-15; out of range saturates.
[[nodiscard]] std::int64_t rate_to_e15(Rate rate);
[[nodiscard]] constexpr Rate rate_from_e15(std::int64_t e15) {
  return {static_cast<double>(e15) * 1e-15};
}

}  // namespace ntp
