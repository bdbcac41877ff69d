// Who asked how often: a table of fixed size in shared memory, four records a set, where a
// new client takes the place of the one heard longest ago. Nothing grows, nothing is moved:
// the millionth address costs what the first did. Written by one worker, read by the client
// role for the `clients` report. Also the rate limit (a token bucket a client).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/address.h"
#include "common/conf/settings.h"
#include "common/time/instants.h"

namespace ntp {

// One client, as reports see it. Intervals in log2 s, 127 = unknown.
struct ClientReport {
  Address address{};
  std::uint64_t hits = 0;
  std::uint64_t drops = 0;
  std::int8_t interval_log2 = 127;
  std::int8_t limited_interval_log2 = 127;   // while dropped
  MonotonicTime last{};                      // of the last request, on the raw clock's count
};

enum class Verdict : std::uint8_t { answer, drop, kiss };

}  // namespace ntp
