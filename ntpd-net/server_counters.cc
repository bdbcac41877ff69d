// Sums of the workers' counters.
#include "ntpd-net/server_counters.h"

#include <algorithm>

namespace ntp {

ServerStatistics& ServerStatistics::operator+=(const CounterPage& worker) {
  hits += worker[Count::answers] + worker[Count::rate_limited] + worker[Count::send_failed] +
          worker[Count::unknown_key] + worker[Count::bad_mac];
  drops += worker[Count::rate_limited];
  lost_records += worker[Count::lost_records];
  authenticated += worker[Count::authenticated];
  interleaved += worker[Count::interleaved];
  stored_stamps += worker[Count::stored_stamps];
  stored_span_seconds = std::max(stored_span_seconds, worker[Count::stored_span_seconds]);
  daemon_receive += worker[Count::daemon_receive_stamps];
  daemon_transmit += worker[Count::daemon_transmit_stamps];
  kernel_receive += worker[Count::kernel_receive_stamps];
  kernel_transmit += worker[Count::kernel_transmit_stamps];
  card_receive += worker[Count::card_receive_stamps];
  card_transmit += worker[Count::card_transmit_stamps];
  return *this;
}

}  // namespace ntp
