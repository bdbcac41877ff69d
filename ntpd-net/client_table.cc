// A record is four words:
//   0, 1  the address, IPv4 as ::ffff:a.b.c.d; 0, 0 is an empty place
//   2     last request in 2^-16 s of the raw clock (48 bits), average interval in log2 s
//         times 4 (8 bits), the same while limited (8 bits)
//   3     hits (30 bits), drops (22 bits), tokens in sixteenths (12 bits)
// Arithmetic on parts below a token or a quarter of a log2 is rounded at random, so that it
// is right on average however fast the requests come.
#include "ntpd-net/client_table.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/base/ensure.h"

namespace ntp {
namespace {

constexpr std::uint64_t mapped_ipv4 = 0xffff'0000'0000;
constexpr int tick_bits = 16;  // of a second
constexpr std::uint64_t tick_mask = (UINT64_C(1) << 48) - 1;
constexpr std::uint32_t most_hits = (1u << 30) - 1;
constexpr std::uint32_t most_drops = (1u << 22) - 1;
constexpr std::uint32_t token = 16;
constexpr int unknown_interval = -128;
constexpr int least_interval = -40;  // quarters of log2 s
constexpr int most_interval = 120;

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

std::uint64_t big_endian_word(const Address& address, std::size_t from) {
  std::uint64_t word = 0;
  for (std::size_t i = from; i < from + 8; ++i) word = word << 8 | address.octets[i];
  return word;
}

Key key_of(const Address& address) {
  if (address.family == Family::ipv4) return {0, mapped_ipv4 | ipv4_bits(address)};
  return {big_endian_word(address, 0), big_endian_word(address, 8)};
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

std::uint64_t ticks_of(RawTime t) {
  const auto nanos = static_cast<std::uint64_t>(std::max<std::int64_t>(t.since_zero.count(), 0));
  const std::uint64_t whole = nanos / 1'000'000'000;
  const std::uint64_t rest = nanos % 1'000'000'000;
  return (whole << tick_bits | (rest << tick_bits) / 1'000'000'000) & tick_mask;
}

struct Fields {
  std::uint64_t last = 0;
  int interval = unknown_interval;
  int limited_interval = unknown_interval;
  std::uint32_t hits = 0;
  std::uint32_t drops = 0;
  std::uint32_t tokens = 0;
};

Fields unpack(std::uint64_t second, std::uint64_t third) {
  return {.last = second & tick_mask,
          .interval = static_cast<std::int8_t>(second >> 48),
          .limited_interval = static_cast<std::int8_t>(second >> 56),
          .hits = static_cast<std::uint32_t>(third & most_hits),
          .drops = static_cast<std::uint32_t>(third >> 30 & most_drops),
          .tokens = static_cast<std::uint32_t>(third >> 52)};
}

std::uint64_t second_word(const Fields& f) {
  return f.last | static_cast<std::uint64_t>(static_cast<std::uint8_t>(f.interval)) << 48 |
         static_cast<std::uint64_t>(static_cast<std::uint8_t>(f.limited_interval)) << 56;
}
std::uint64_t third_word(const Fields& f) {
  return f.hits | static_cast<std::uint64_t>(f.drops) << 30 |
         static_cast<std::uint64_t>(f.tokens) << 52;
}

// log2 of an interval in ticks, in quarters of log2 s, without a logarithm per packet.
int quarters_of(std::uint64_t ticks) {
  if (ticks == 0) return least_interval;
  const int whole = std::bit_width(ticks) - 1;
  const std::uint64_t part = whole >= 2 ? (ticks >> (whole - 2)) & 3 : 0;
  return std::clamp((whole - tick_bits) * 4 + static_cast<int>(part), least_interval,
                    most_interval);
}

// An eighth of the way towards the new value, rounded at random.
int averaged(int average, int now, std::uint64_t random) {
  if (average == unknown_interval) return now;
  const int difference = (now - average) + static_cast<int>(random & 7);
  return average + (difference >> 3);
}

// Sixteenths of a token that `ticks` bring at one token in 2^interval s.
std::uint32_t earned(std::uint64_t ticks, int interval_log2, std::uint64_t random) {
  const int shift = tick_bits + interval_log2 - 4;  // ticks a sixteenth, log2
  if (shift <= 0) return static_cast<std::uint32_t>(std::min<std::uint64_t>(ticks << -shift, 4095));
  const std::uint64_t rounding = random & ((UINT64_C(1) << shift) - 1);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((ticks + rounding) >> shift, 4095));
}

std::int8_t report_interval(int quarters) {
  return quarters == unknown_interval ? 127 : static_cast<std::int8_t>(quarters >> 2);
}

}  // namespace

std::size_t client_sets(std::uint64_t limit, int workers) {
  const std::uint64_t share = limit / static_cast<std::uint64_t>(std::max(workers, 1));
  return std::clamp<std::size_t>(std::bit_floor(share / sizeof(ClientSet)), 64, most_client_sets);
}

ClientTable::ClientTable(ClientSet* memory, std::size_t sets, const RateLimit& limit,
                         std::uint64_t secret)
    : memory_{memory}, sets_{sets}, limit_{limit}, secret_{secret | 1} {
  ENSURE(std::has_single_bit(sets));
}

ClientSet& ClientTable::set_of(std::uint64_t high, std::uint64_t low) const {
  const auto mixed = static_cast<unsigned __int128>(low ^ (high * 0x9e37'79b9'7f4a'7c15) ^
                                                    std::rotl(secret_, 32)) *
                     secret_;
  const auto folded = static_cast<std::uint64_t>(mixed >> 64) ^ static_cast<std::uint64_t>(mixed);
  return memory_[(folded ^ folded >> 32) & (sets_ - 1)];
}

void ClientTable::prefetch(const Address& client) const {
  const Key key = key_of(client);
  const ClientSet& set = set_of(key.high, key.low);
  __builtin_prefetch(&set, 1);
  __builtin_prefetch(&set.records[2], 1);
}

ClientTable::Taken ClientTable::take(const Address& client, RawTime now, std::uint64_t random) {
  const Key key = key_of(client);
  ClientSet& set = set_of(key.high, key.low);
  const std::uint64_t tick = ticks_of(now);
  const std::uint32_t full = static_cast<std::uint32_t>(std::clamp(limit_.burst, 1, 255)) * token;

  ClientRecord* record = nullptr;
  ClientRecord* oldest = &set.records[0];
  std::uint64_t oldest_age = 0;
  for (ClientRecord& each : set.records) {
    const Key held{load(each.words[0]), load(each.words[1])};
    if (held == key) {
      record = &each;
      break;
    }
    const std::uint64_t age = held == Key{} ? UINT64_MAX : (tick - load(each.words[2])) & tick_mask;
    if (age >= oldest_age) {
      oldest = &each;
      oldest_age = age;
    }
  }

  Taken taken;
  Fields fields;
  const bool is_new = record == nullptr;
  if (is_new) {
    record = oldest;
    taken.pushed_out = load(record->words[0]) != 0 || load(record->words[1]) != 0;
    fields.tokens = full;
  } else {
    fields = unpack(load(record->words[2]), load(record->words[3]));
    const std::uint64_t since = (tick - fields.last) & tick_mask;
    fields.tokens = std::min(full, fields.tokens + earned(since, limit_.interval, random >> 8));
    int& average = fields.tokens < token ? fields.limited_interval : fields.interval;
    average = averaged(average, quarters_of(since), random);
  }
  fields.last = tick;
  fields.hits = std::min(fields.hits + 1, most_hits);

  if (limit_.enabled) {
    if (fields.tokens >= token) {
      fields.tokens -= token;
    } else if ((random >> 40 & ((1u << limit_.leak) - 1)) != 0) {
      fields.drops = std::min(fields.drops + 1, most_drops);
      const bool kiss = limit_.kod > 0 && (random >> 48 & ((1u << limit_.kod) - 1)) == 0;
      taken.verdict = kiss ? Verdict::kiss : Verdict::drop;
    }
  }

  if (is_new) {
    store(record->words[0], key.high);
    store(record->words[1], key.low);
  }
  store(record->words[2], second_word(fields));
  store(record->words[3], third_word(fields));
  return taken;
}

std::optional<ClientReport> read_client(const ClientSet* memory, std::size_t sets,
                                        std::size_t index, RawTime now) {
  if (index >= sets * 4) return std::nullopt;
  const ClientRecord& record = memory[index / 4].records[index % 4];
  const Key key{load(record.words[0]), load(record.words[1])};
  const Fields fields = unpack(load(record.words[2]), load(record.words[3]));
  std::atomic_thread_fence(std::memory_order_acquire);
  if (key == Key{} || key != Key{load(record.words[0]), load(record.words[1])}) return std::nullopt;
  const std::uint64_t ago = (ticks_of(now) - fields.last) & tick_mask;
  const auto seconds = static_cast<std::int64_t>(ago >> tick_bits);
  return ClientReport{.address = address_of(key),
                      .hits = fields.hits,
                      .drops = fields.drops,
                      .interval_log2 = report_interval(fields.interval),
                      .limited_interval_log2 = report_interval(fields.limited_interval),
                      .last = now - std::chrono::seconds{seconds}};
}

}  // namespace ntp
