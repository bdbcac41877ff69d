// Finding a client's record; what stands in it and how it is counted is
// common/fastpath/client_record.h, which the fast path shares.
#include "ntpd-net/client_table.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>

#include "common/base/ensure.h"
#include "common/base/octets.h"

namespace ntp {
namespace {

constexpr std::uint64_t mapped_ipv4 = 0xffff'0000'0000;

struct Key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Key&) const = default;
};

std::uint64_t load(const std::atomic<std::uint64_t>& word) {
  return word.load(std::memory_order_relaxed);
}
void store(std::atomic<std::uint64_t>& word, std::uint64_t value) {
  word.store(value, std::memory_order_relaxed);
}

template <std::unsigned_integral T>
T big_endian(const Address& address, std::size_t from) {
  T word;
  std::memcpy(&word, &address.octets[from], sizeof word);
  return from_big_endian(word);
}

Key key_of(const Address& address) {
  if (address.family == Family::ipv4)
    return {0, mapped_ipv4 | big_endian<std::uint32_t>(address, 0)};
  return {big_endian<std::uint64_t>(address, 0), big_endian<std::uint64_t>(address, 8)};
}

Address address_of(Key key) {
  if (key.high == 0 && (key.low & ~UINT64_C(0xffff'ffff)) == mapped_ipv4)
    return ipv4_address(static_cast<std::uint32_t>(key.low));
  Address address{.family = Family::ipv6};
  for (std::size_t i = 0; i < 8; ++i) {
    address.octets[i] = static_cast<std::uint8_t>(key.high >> (56 - 8 * i));
    address.octets[8 + i] = static_cast<std::uint8_t>(key.low >> (56 - 8 * i));
  }
  return address;
}

std::int8_t report_interval(int quarters) {
  return quarters == record_no_interval ? 127 : static_cast<std::int8_t>(quarters >> 2);
}

Verdict to_verdict(fast_verdict verdict) {
  switch (verdict) {
    case fast_answer: return Verdict::answer;
    case fast_drop: return Verdict::drop;
    case fast_kiss: return Verdict::kiss;
  }
  return Verdict::drop;
}

}  // namespace

std::size_t client_sets(std::uint64_t limit, int workers) {
  const std::uint64_t share = limit / static_cast<std::uint64_t>(std::max(workers, 1));
  return std::clamp<std::size_t>(std::bit_floor(share / sizeof(ClientSet)), 64, most_client_sets);
}

ClientTable::ClientTable(ClientSet* memory, std::size_t sets, const RateLimit& limit,
                         std::uint64_t secret)
    : memory_{memory},
      sets_{sets},
      limit_{limit.enabled, limit.interval, limit.burst, limit.leak, limit.kod},
      secret_{secret | 1} {
  ENSURE(std::has_single_bit(sets));
}

ClientSet& ClientTable::set_of(std::uint64_t high, std::uint64_t low) const {
  const auto mixed = static_cast<unsigned __int128>(low ^ (high * 0x9e37'79b9'7f4a'7c15) ^
                                                    std::rotl(secret_, 32)) *
                     secret_;
  const auto folded = static_cast<std::uint64_t>(mixed >> 64) ^ static_cast<std::uint64_t>(mixed);
  return memory_[(folded ^ folded >> 32) & (sets_ - 1)];
}

ClientTable::Place ClientTable::find(const Address& client) const {
  const Key key = key_of(client);
  ClientSet& set = set_of(key.high, key.low);
  __builtin_prefetch(&set, 1);
  __builtin_prefetch(&set.records[2], 1);
  return {key.high, key.low, &set};
}

ClientTable::Tick ClientTable::tick_of(RawTime now) {
  return {
      record_ticks(static_cast<std::uint64_t>(std::max<std::int64_t>(now.since_zero.count(), 0)))};
}

ClientTable::Taken ClientTable::take(const Place& place, Tick now, std::uint64_t random) {
  const Key key{place.high, place.low};
  ClientSet& set = *place.set;
  const std::uint64_t tick = now.count;

  ClientRecord* record = nullptr;
  ClientRecord* oldest = &set.records[0];
  std::uint64_t oldest_age = 0;
  for (ClientRecord& each : set.records) {
    const Key held{load(each.words[0]), load(each.words[1])};
    if (held == key) {
      record = &each;
      break;
    }
    const std::uint64_t age =
        held == Key{} ? UINT64_MAX : (tick - load(each.words[2])) & RECORD_TICK_MASK;
    if (age >= oldest_age) {
      oldest = &each;
      oldest_age = age;
    }
  }

  Taken taken;
  const bool is_new = record == nullptr;
  if (is_new) {
    record = oldest;
    taken.pushed_out = load(record->words[0]) != 0 || load(record->words[1]) != 0;
  }
  __u64 second = load(record->words[2]);
  __u64 third = load(record->words[3]);
  taken.verdict = to_verdict(record_count(&second, &third, is_new, tick, random, &limit_));
  if (is_new) {
    store(record->words[0], key.high);
    store(record->words[1], key.low);
  }
  store(record->words[2], second);
  store(record->words[3], third);
  return taken;
}

std::optional<ClientReport> read_client(const ClientSet* memory, std::size_t sets,
                                        std::size_t index, RawTime now) {
  if (index >= sets * 4) return std::nullopt;
  const ClientRecord& record = memory[index / 4].records[index % 4];
  const Key key{load(record.words[0]), load(record.words[1])};
  const std::uint64_t second = load(record.words[2]);
  const std::uint64_t third = load(record.words[3]);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (key == Key{} || key != Key{load(record.words[0]), load(record.words[1])}) return std::nullopt;
  const std::uint64_t ago = (ClientTable::tick_of(now).count - second) & RECORD_TICK_MASK;
  return ClientReport{
      .address = address_of(key),
      .hits = static_cast<std::uint32_t>(third & RECORD_MOST_HITS),
      .drops = static_cast<std::uint32_t>(third >> 30 & RECORD_MOST_DROPS),
      .interval_log2 = report_interval(static_cast<std::int8_t>(second >> 48)),
      .limited_interval_log2 = report_interval(static_cast<std::int8_t>(second >> 56)),
      .last = now - std::chrono::seconds{static_cast<std::int64_t>(ago >> record_tick_bits)}};
}

}  // namespace ntp
