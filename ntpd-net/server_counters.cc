// Names and sums of the workers' counters.
#include "ntpd-net/server_counters.h"

#include <algorithm>

namespace ntp {
namespace {

constexpr std::array<std::string_view, count_kinds> names = {"requests",
                                                             "answers",
                                                             "kisses",
                                                             "authenticated",
                                                             "interleaved",
                                                             "kernel receive stamps",
                                                             "daemon receive stamps",
                                                             "kernel transmit stamps",
                                                             "daemon transmit stamps",
                                                             "lost records",
                                                             "short datagram",
                                                             "ragged length",
                                                             "long datagram",
                                                             "bad extension",
                                                             "bad MAC length",
                                                             "unwanted version",
                                                             "unwanted mode",
                                                             "denied",
                                                             "unknown key",
                                                             "bad MAC",
                                                             "rate limited",
                                                             "no state",
                                                             "send failed",
                                                             "stored stamps",
                                                             "stored span",
                                                             "send path"};

}  // namespace

std::string_view name_of(Count count) { return names[static_cast<std::size_t>(count)]; }

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
  return *this;
}

}  // namespace ntp
