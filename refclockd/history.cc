// Between two pairs the stamp is placed by proportion, which is exact while the rate is
// constant, and off by at most half the change of rate times the gap otherwise: 500 ppm over a
// second's gap is 125 us, over the usual 16 ms between a look and its stamp 2 us.
#include "refclockd/history.h"

#include <algorithm>

namespace ntp::refclockd {
namespace {

// The system clock went on by itself between the two, merely slewed.
bool is_continuous(const Reading& older, const Reading& newer) {
  const double raw = to_seconds(newer.raw - older.raw);
  const double apart = std::abs(to_seconds(newer.system - older.system) - raw);
  return apart <= raw * History::fastest_slew + 2e-6;
}

RawTime between(const Reading& older, const Reading& newer, SystemTime stamp) {
  const double share = to_seconds(stamp - older.system) / to_seconds(newer.system - older.system);
  return older.raw + to_nanos(to_seconds(newer.raw - older.raw) * share);
}

SystemTime between(const Reading& older, const Reading& newer, RawTime then) {
  const double share = to_seconds(then - older.raw) / to_seconds(newer.raw - older.raw);
  return older.system + to_nanos(to_seconds(newer.system - older.system) * share);
}

}  // namespace

void History::take(const Reading& reading) {
  ring_[next_] = reading;
  next_ = (next_ + 1) % most;
  count_ = std::min(count_ + 1, most);
}

std::optional<RawTime> History::to_raw(SystemTime stamp) const {
  if (count_ == 0 || stamp > back(0).system || back(0).system - stamp > oldest) return std::nullopt;
  for (std::size_t i = 1; i < count_; ++i) {
    const Reading& newer = back(i - 1);
    const Reading& older = back(i);
    if (!is_continuous(older, newer)) return std::nullopt;
    if (stamp >= older.system) return between(older, newer, stamp);
  }
  return std::nullopt;
}

SystemTime History::to_system(RawTime then) const {
  const Reading* newer = &back(0);
  for (std::size_t i = 1; i < count_ && then < newer->raw; ++i) {
    const Reading& older = back(i);
    if (then >= older.raw) {
      if (is_continuous(older, *newer)) return between(older, *newer, then);
      break;  // a step: the newer side tells
    }
    newer = &older;
  }
  return newer->system + (then - newer->raw);
}

}  // namespace ntp::refclockd
