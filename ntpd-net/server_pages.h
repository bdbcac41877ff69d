// The memory and the sockets that the supervisor makes for the server role: one memory that
// the client role writes and every worker reads, one report a worker that it writes and the
// client role reads. Both are memfds of fixed, sealed size that pass through exec by number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/conf/settings.h"
#include "ntpd-net/access.h"
#include "ntpd-net/card_line.h"
#include "ntpd-net/client_table.h"
#include "ntpd-net/cookie_page.h"
#include "ntpd-net/served_state.h"
#include "ntpd-net/server_counters.h"

namespace ntp {

// Client role -> workers.
struct ServedMemory {
  ServedPage state{};
  AccessPage access{};
  CardPage cards{};  // hwtimestamp
};

// Supervisor -> nts role and workers.
struct CookieMemory {
  CookiePage page{};
};

// Worker -> client role; the client table follows it in the same memory.
struct alignas(128) ReportMemory {
  CounterPage counters{};

  // The client table fills the rest of `size` octets.
  [[nodiscard]] static std::size_t sets_in(std::size_t size) {
    return (size - sizeof(ReportMemory)) / sizeof(ClientSet);
  }
  [[nodiscard]] ClientSet* clients() { return reinterpret_cast<ClientSet*>(this + 1); }
  [[nodiscard]] const ClientSet* clients() const {
    return reinterpret_cast<const ClientSet*>(this + 1);
  }
};

void unmap_memory(const void* memory, std::size_t size);

// Memory mapped for the life of the program part that holds it.
template <typename T>
class Mapped {
 public:
  Mapped() = default;
  Mapped(T* memory, std::size_t size) : memory_{memory}, size_{size} {}
  Mapped(Mapped&& other) noexcept
      : memory_{std::exchange(other.memory_, nullptr)}, size_{other.size_} {}
  Mapped& operator=(Mapped&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Mapped() {
    if (memory_ != nullptr) unmap_memory(memory_, size_);
  }

  [[nodiscard]] T* get() const { return memory_; }
  T* operator->() const { return memory_; }
  T& operator*() const { return *memory_; }
  [[nodiscard]] std::size_t size() const { return size_; }  // octets, table included

 private:
  T* memory_ = nullptr;
  std::size_t size_ = 0;
};

// The supervisor's part, before any role starts. Close-on-exec is off: roles inherit them.
[[nodiscard]] Result<Fd> create_served_memory();
[[nodiscard]] Result<Fd> create_report_memory(const ServerSettings& settings, int workers);
// Smaller: who makes keys comes once a month, not once a minute.
[[nodiscard]] Result<Fd> create_key_report_memory(const ServerSettings& settings);
[[nodiscard]] Result<Fd> create_cookie_memory();
[[nodiscard]] Result<Mapped<CookieMemory>> map_cookies_to_write(const Fd& fd);

// The roles' part. Refuses a descriptor of the wrong kind or size.
[[nodiscard]] Result<Mapped<ServedMemory>> map_served_to_write(const Fd& fd);
[[nodiscard]] Result<Mapped<const ServedMemory>> map_served_to_read(const Fd& fd);
[[nodiscard]] Result<Mapped<ReportMemory>> map_report_to_write(const Fd& fd);
[[nodiscard]] Result<Mapped<const ReportMemory>> map_report_to_read(const Fd& fd);
[[nodiscard]] Result<Mapped<const CookieMemory>> map_cookies_to_read(const Fd& fd);

inline constexpr int most_server_sockets = 16;  // a worker's
inline constexpr int most_workers = 64;

class HandedPorts;  // handed_ports.h

// Which families to open: --4, --6.
struct Families {
  bool ipv4 = true;
  bool ipv6 = true;
};

// For each worker its sockets on the NTP port: one an address and family, with SO_REUSEPORT,
// kernel stamps and a steering program, so that one client always meets the same worker.
// A worker without sockets need not be started:
// `card_stamps`: those of network cards are asked for as well.
// `port` is 0, or no rule allows anybody and nothing is broadcast. A machine without IPv6 is served
// by IPv4.
[[nodiscard]] Result<std::vector<std::vector<Fd>>> open_server_sockets(const Settings& settings,
                                                                       int workers,
                                                                       Families families,
                                                                       bool card_stamps,
                                                                       HandedPorts& handed);

// How many make keys for clients.
[[nodiscard]] constexpr int nts_processes(const NtsSettings& settings) {
  return std::clamp(settings.processes, 1, 64);
}

// TCP, listening at the NTS port of the same addresses; none without certificate or rule.
[[nodiscard]] Result<std::vector<Fd>> open_nts_listeners(const Settings& settings,
                                                         Families families, HandedPorts& handed);

}  // namespace ntp
