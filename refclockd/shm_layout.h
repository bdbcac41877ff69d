// The octets of NTP's shared memory segment on 64-bit Linux, and the one reader of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "refclockd/look.h"

namespace ntp::refclockd {

struct ShmSegment {
  std::int32_t mode = 0;  // 0: no counter; 1: `count` changes before and after a write
  std::int32_t count = 0;
  std::int64_t clock_seconds = 0;  // what the reference showed
  std::int32_t clock_micros = 0;
  std::int64_t receive_seconds = 0;  // CLOCK_REALTIME at that event
  std::int32_t receive_micros = 0;
  std::int32_t leap = 0;  // 3: the reference is not in sync
  std::int32_t precision = 0;
  std::int32_t samples = 0;
  std::int32_t valid = 0;  // set by the writer, cleared by the reader
  std::uint32_t clock_nanos = 0;
  std::uint32_t receive_nanos = 0;
  std::int32_t spare[8] = {};
};
static_assert(sizeof(ShmSegment) == 96 && offsetof(ShmSegment, receive_seconds) == 24 &&
              offsetof(ShmSegment, valid) == 48 && offsetof(ShmSegment, clock_nanos) == 52);

// Takes what lies there and marks it as taken. Copies once; safe against any writer.
[[nodiscard]] Result<Look, Nothing> take_shm(ShmSegment& shared);

}  // namespace ntp::refclockd
