// Slots in and out.
#include "clockd/store.h"

#include <unistd.h>

#include <span>

#include "common/base/crc32c.h"

namespace ntp::clockd {

namespace {

constexpr std::uint32_t slot_magic = 0x3253'434d;  // "MCS2"

std::uint32_t checksum_of(const Slot& slot) {
  return crc32c(std::as_bytes(std::span{&slot, 1}).subspan(offsetof(Slot, generation)));
}

bool is_rate(Rate rate) { return abs(rate) <= Rate{0.1}; }  // and not NaN
bool is_time(UtcTime time) { return time >= earliest_time && time <= latest_time; }
bool is_past(RawTime time, RawTime now) { return time.since_zero >= Nanos{0} && time <= now; }
bool is_near(Nanos value) { return value >= Nanos{-366 * 86400s} && value <= Nanos{366 * 86400s}; }

// What an honest clockd could have written, so that no arithmetic overflows later.
bool is_sound(const Memory& memory, RawTime now) {
  const Corridor& corridor = memory.corridor;
  const bool has_corridor = memory.phase != Phase::open;
  return is_past(memory.phase_began, now) && is_past(corridor.pinned, now) &&
         is_past(corridor.seen, now) && is_rate(corridor.rate) && corridor.low <= corridor.high &&
         is_near(corridor.place) && is_near(corridor.low) && is_near(corridor.high) &&
         (!has_corridor || is_time(corridor.utc));
}

}  // namespace

Slot encode_slot(const Memory& memory, BootId boot, std::uint64_t generation) {
  Slot slot{.magic = slot_magic, .generation = generation, .boot = boot, .memory = memory};
  slot.checksum = checksum_of(slot);
  return slot;
}

std::optional<Recollection> decode_slot(const Slot& slot, BootId boot, RawTime now) {
  if (slot.magic != slot_magic || slot.checksum != checksum_of(slot)) return std::nullopt;
  Memory memory = slot.memory;
  if (memory.phase > Phase::locked || !is_rate(memory.learnt) || !is_time(memory.floor))
    return std::nullopt;
  if (slot.boot != boot) {
    memory = {.lessons = memory.lessons, .learnt = memory.learnt, .floor = memory.floor};
  } else if (!is_sound(memory, now)) {
    return std::nullopt;
  }
  return Recollection{memory, slot.generation};
}

Memory Store::load(RawTime now) {
  Memory newest;
  for (off_t i = 0; i < 2; ++i) {
    Slot slot;
    if (!file_.is_open() || pread(file_.number(), &slot, sizeof slot,
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
  if (pwrite(file_.number(), &slot, sizeof slot, at) != sizeof slot)
    return system_failure("write the store");
  return {};
}

}  // namespace ntp::clockd
