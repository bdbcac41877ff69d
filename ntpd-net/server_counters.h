// What a worker has done, for `serverstats`: written by that worker alone, read by the client
// role at any time. Counts only; who asked is ntpd-net/client_table.h.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ntp {

// Order is the layout; append only.
enum class Count : std::uint8_t {
  requests,       // datagrams that came, whatever became of them
  answers,        // sent, kisses included
  kisses,         // RATE
  authenticated,  // requests with a MAC that held
  interleaved,    // answers with the previous answer's departure
  kernel_receive_stamps,
  daemon_receive_stamps,   // the kernel gave none that could be used
  kernel_transmit_stamps,  // answers that told a departure which the kernel had measured
  daemon_transmit_stamps,  // answers that told our own time of departure
  lost_records,            // client records pushed out by others
  // Why there was no answer:
  short_datagram,
  ragged_length,
  long_datagram,
  bad_extension,
  bad_mac_length,
  unwanted_version,
  unwanted_mode,
  denied,
  unknown_key,
  bad_mac,
  rate_limited,
  no_state,  // before the client role has spoken
  send_failed,
  // Levels, not counts:
  stored_stamps,        // departures kept for interleaved mode
  stored_span_seconds,  // how long ago the oldest of them was
  send_path_nanos,      // measured, from reading the clock to the kernel's transmit stamp
  // A reason again:
  queue_full,  // the kernel had no room for it; told with the next request that it has room for
  // Stamps again:
  card_receive_stamps,
  card_transmit_stamps,
};
inline constexpr std::size_t count_kinds = 29;

struct CounterPage {
  std::array<std::atomic<std::uint64_t>, count_kinds> values{};

  // REQUIRES: one writer.
  void add(Count count, std::uint64_t by = 1) {
    auto& value = values[static_cast<std::size_t>(count)];
    value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void set(Count count, std::uint64_t to) {
    values[static_cast<std::size_t>(count)].store(to, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t operator[](Count count) const {
    return values[static_cast<std::size_t>(count)].load(std::memory_order_relaxed);
  }
};

// What the kernel had no room for. The sockets are older than this worker if another one died
// before it: what they told that one is in the count already, and stands in what they tell us.
class QueueLosses {
 public:
  static constexpr std::size_t sockets = 16;
  // `lost` is what the socket has lost ever. REQUIRES: socket < sockets.
  void count(CounterPage& page, std::size_t socket, std::uint32_t lost) {
    if (lost == lost_[socket]) return;
    lost_[socket] = lost;
    std::uint64_t sum = 0;
    for (const std::uint32_t each : lost_) sum += each;
    if (sum > page[Count::queue_full]) page.set(Count::queue_full, sum);
  }

 private:
  std::array<std::uint32_t, sockets> lost_{};
};

// As chrony's `serverstats` counts: dropped requests of whatever reason but the rate limit's
// are not hits there; `hits` are requests that were allowed and well-formed.
struct ServerStatistics {
  std::uint64_t hits = 0;
  std::uint64_t drops = 0;  // by the rate limit
  std::uint64_t lost_records = 0;
  std::uint64_t authenticated = 0;
  std::uint64_t interleaved = 0;
  std::uint64_t stored_stamps = 0;
  std::uint64_t stored_span_seconds = 0;
  std::uint64_t daemon_receive = 0;
  std::uint64_t daemon_transmit = 0;
  std::uint64_t kernel_receive = 0;
  std::uint64_t kernel_transmit = 0;
  std::uint64_t card_receive = 0;
  std::uint64_t card_transmit = 0;

  ServerStatistics& operator+=(const CounterPage& worker);
};

}  // namespace ntp
