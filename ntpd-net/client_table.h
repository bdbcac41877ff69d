// Who asked how often: a table of fixed size in shared memory, four records a set, where a
// new client takes the place of the one heard longest ago. Nothing grows and nothing moves:
// the millionth address costs what the first did, one touched set. Written by one worker,
// read by the client role for the `clients` report. Also the rate limit: a token bucket a
// client (chrony.conf(5), ratelimit). An evicted client starts with a full bucket.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/address.h"
#include "common/conf/settings.h"
#include "common/fastpath/client_record.h"
#include "common/time/instants.h"

namespace ntp {

// One client, as the report shows it. Intervals are log2 s, averaged; 127 = unknown.
struct ClientReport {
  Address address{};
  std::uint32_t hits = 0;   // stops at 2^30 - 1
  std::uint32_t drops = 0;  // stops at 2^22 - 1
  std::int8_t interval_log2 = 127;
  std::int8_t limited_interval_log2 = 127;  // while it was being limited
  RawTime last{};
};

enum class Verdict : std::uint8_t { answer, drop, kiss };

// In shared memory; a record fills half a cache line.
struct ClientRecord {
  std::array<std::atomic<std::uint64_t>, 4> words{};
};
struct ClientSet {
  std::array<ClientRecord, 4> records{};
};
static_assert(sizeof(ClientSet) == 128);

inline constexpr std::size_t most_client_sets = std::size_t{1} << 24;  // 2 GiB, chrony's most

// Sets that fit into chrony's `clientloglimit`, a power of two, 64 at least; for one of
// `workers`, which share the limit.
[[nodiscard]] std::size_t client_sets(std::uint64_t limit, int workers);

// The writer's view.
class ClientTable {
 public:
  // REQUIRES: `sets` is a power of two; the memory outlives the table. `secret` keeps others
  // from choosing addresses that meet in one set.
  ClientTable(ClientSet* memory, std::size_t sets, const RateLimit& limit, std::uint64_t secret);

  struct Taken {
    Verdict verdict = Verdict::answer;
    bool pushed_out = false;  // another client's record went
  };
  // Where a client's record is or goes.
  struct Place {
    std::uint64_t high = 0, low = 0;  // the address
    ClientSet* set = nullptr;
  };
  // Brings the set on its way into the cache, so that it is there for `take`.
  [[nodiscard]] Place find(const Address& client) const;

  // A time as records keep it; made once a batch.
  struct Tick {
    std::uint64_t count = 0;
  };
  [[nodiscard]] static Tick tick_of(RawTime now);

  // Counts one request and says what the rate limit makes of it. `random` are fresh bits.
  // REQUIRES: `place` is of this table.
  [[nodiscard]] Taken take(const Place& place, Tick now, std::uint64_t random);
  [[nodiscard]] Taken take(const Address& client, RawTime now, std::uint64_t random) {
    return take(find(client), tick_of(now), random);
  }

 private:
  [[nodiscard]] ClientSet& set_of(std::uint64_t high, std::uint64_t low) const;

  ClientSet* memory_;
  std::size_t sets_;
  fast_limit limit_;
  std::uint64_t secret_;
};

// The reader's view: record `index` of `sets` * 4; nullopt for an empty place or one that
// was being written.
[[nodiscard]] std::optional<ClientReport> read_client(const ClientSet* memory, std::size_t sets,
                                                      std::size_t index, RawTime now);

}  // namespace ntp
