// The ring from clockd to whoever asks: StatusRecord as words (sync-board(7)). The newest
// record is the status; readers keep the descriptor and copy when they want to know.
#pragma once

#include "common/board/board.h"
#include "common/board/records.h"

namespace ntp {

template <>
struct Layout<StatusRecord> {
  static constexpr std::uint64_t magic = 0x3153'5554'4154'534d;  // "MSTATUS1"
  static constexpr std::size_t words = 18 + refusal_kinds;
  [[nodiscard]] static Words<words> encode(const StatusRecord& record);
  [[nodiscard]] static std::optional<StatusRecord> decode(const Words<words>& from);
};
using StatusWriter = RingWriter<StatusRecord>;
using StatusReader = RingReader<StatusRecord>;

}  // namespace ntp
