// Slots in and out.
#include "clockd/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <span>
#include <utility>

#include "common/base/text.h"
#include "common/board/estimate_board.h"

namespace ntp::clockd {

namespace {

constexpr std::uint64_t slot_magic = 0x3145'524f'5453'434d;  // "MCSTORE1"
constexpr std::size_t checked_words = slot_words - 1;

std::uint64_t checksum(std::span<const std::uint64_t> words) {
  std::uint32_t crc = ~0U;
  for (const std::byte octet : std::as_bytes(words)) {
    crc ^= std::to_integer<std::uint32_t>(octet);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f6'3b78 : 0);
  }
  return ~crc;
}

constexpr std::uint64_t as_word(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }
constexpr std::uint64_t as_word(Nanos value) { return as_word(value.count()); }
constexpr Nanos as_nanos(std::uint64_t word) { return Nanos{std::bit_cast<std::int64_t>(word)}; }
constexpr Rate as_rate(std::uint64_t word) {
  return rate_from_e15(std::bit_cast<std::int64_t>(word));
}

bool is_time(UtcTime time) { return time >= earliest_time && time <= latest_time; }
bool is_past(RawTime time, RawTime now) { return time.since_zero >= Nanos{0} && time <= now; }

// What an honest clockd could have written, so that no arithmetic overflows later.
bool is_sound(const Memory& memory, RawTime now) {
  const Corridor& corridor = memory.corridor;
  const auto is_near = [](Nanos value) {
    return value >= Nanos{-366 * 86400s} && value <= Nanos{366 * 86400s};
  };
  const bool has_corridor = memory.phase != Phase::open;
  return is_past(memory.phase_began, now) && is_past(corridor.pinned, now) &&
         is_past(corridor.seen, now) && abs(corridor.rate) <= Rate{0.1} &&
         corridor.low <= corridor.high && is_near(corridor.place) && is_near(corridor.low) &&
         is_near(corridor.high) && (!has_corridor || is_time(corridor.utc));
}

}  // namespace

Result<BootId> read_boot_id() {
  const Fd file{::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
  char text[36];
  if (!file.is_open() || read(file.number(), text, sizeof text) != sizeof text)
    return system_failure("read the boot id");
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits += c;
  }
  const auto high = parse_integer<std::uint64_t>(digits.substr(0, 16), 16);
  const auto low = parse_integer<std::uint64_t>(digits.substr(16), 16);
  if (!high || !low) return failure("the boot id does not parse");
  return BootId{*high, *low};
}

Slot encode_slot(const Memory& memory, BootId boot, std::uint64_t generation) {
  const Corridor& corridor = memory.corridor;
  Slot slot{slot_magic,
            generation,
            boot.high,
            boot.low,
            as_word(rate_to_e15(memory.learnt)),
            as_word(memory.floor.since_zero),
            std::uint64_t{std::to_underlying(memory.phase)} | std::uint64_t{memory.is_learnt} << 8 |
                (std::uint64_t{memory.steps} & 0xffff) << 16 | std::uint64_t{memory.updates} << 32,
            as_word(memory.phase_began.since_zero),
            as_word(corridor.pinned.since_zero),
            as_word(corridor.utc.since_zero),
            as_word(rate_to_e15(corridor.rate)),
            as_word(corridor.seen.since_zero),
            as_word(corridor.place),
            as_word(corridor.low),
            as_word(corridor.high)};
  slot[checked_words] = checksum(std::span{slot}.first<checked_words>());
  return slot;
}

std::optional<Recollection> decode_slot(const Slot& slot, BootId boot, RawTime now) {
  if (slot[0] != slot_magic ||
      slot[checked_words] != checksum(std::span{slot}.first<checked_words>()))
    return std::nullopt;
  const std::uint64_t small = slot[6];
  Memory memory{.learnt = as_rate(slot[4]),
                .is_learnt = (small >> 8 & 0xff) == 1,
                .floor = {as_nanos(slot[5])}};
  if ((small & 0xff) > std::to_underlying(Phase::locked) || abs(memory.learnt) > Rate{0.1} ||
      !is_time(memory.floor)) {
    return std::nullopt;
  }
  if (BootId{slot[2], slot[3]} == boot) {
    memory.phase = Phase{static_cast<std::uint8_t>(small & 0xff)};
    memory.steps = static_cast<std::uint32_t>(small >> 16 & 0xffff);
    memory.updates = static_cast<std::uint32_t>(small >> 32);
    memory.phase_began = {as_nanos(slot[7])};
    memory.corridor = {.pinned = {as_nanos(slot[8])},
                       .utc = {as_nanos(slot[9])},
                       .rate = as_rate(slot[10]),
                       .seen = {as_nanos(slot[11])},
                       .place = as_nanos(slot[12]),
                       .low = as_nanos(slot[13]),
                       .high = as_nanos(slot[14])};
    if (!is_sound(memory, now)) return std::nullopt;
  }
  return Recollection{memory, slot[1]};
}

Result<Store> Store::open(const std::string& path, BootId boot) {
  Store store;
  store.boot_ = boot;
  store.file_ =
      Fd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (!store.file_.is_open()) return system_failure("open " + path);
  // The space is ours from now on: a full disk cannot take a slot away.
  if (posix_fallocate(store.file_.number(), 0, 2 * sizeof(Slot)) != 0)
    return failure("no room for " + path);
  return store;
}

Memory Store::load(RawTime now) {
  Memory newest;
  for (off_t i = 0; i < 2; ++i) {
    Slot slot{};
    if (!file_.is_open() || pread(file_.number(), slot.data(), sizeof slot,
                                  i * static_cast<off_t>(sizeof slot)) != sizeof slot)
      continue;
    const auto found = decode_slot(slot, boot_, now);
    if (!found || found->generation < generation_) continue;
    generation_ = found->generation;
    newest = found->memory;
  }
  return newest;
}

Result<void> Store::save(const Memory& memory) {
  if (!file_.is_open()) return {};
  const Slot slot = encode_slot(memory, boot_, ++generation_);
  const auto at = static_cast<off_t>(generation_ % 2 * sizeof slot);
  if (pwrite(file_.number(), slot.data(), sizeof slot, at) != sizeof slot)
    return system_failure("write the store");
  return {};
}

}  // namespace ntp::clockd
