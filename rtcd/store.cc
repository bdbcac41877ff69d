// The slots lie in sectors of their own, so that no torn sector hits both. O_DSYNC instead of a
// call to flush: one door less in the filter.
#include "rtcd/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <fstream>

#include "common/base/crc32c.h"
#include "common/base/text.h"

namespace ntp::rtcd {
namespace {

constexpr std::uint64_t magic = 0x3143'5452'5245'4d4d;  // "MMERRTC1"
constexpr off_t slot_distance = 2048;
constexpr off_t file_size = 4096;

// One slot; integers only. Little-endian is what Meridian runs on; another order fails the magic.
struct Slot {
  std::uint64_t magic = 0, generation = 0;
  std::int64_t saved = 0;
  std::uint64_t boot = 0;
  std::int64_t line_reference = 0, line_error = 0, line_rate_e15 = 0;
  std::int32_t phase_ms = 0;
  std::uint32_t crc = 0;
};
static_assert(sizeof(Slot) == 64);

std::uint32_t crc_of(const Slot& slot) {
  return crc32c({reinterpret_cast<const std::byte*>(&slot), offsetof(Slot, crc)});
}

Memory to_memory(const Slot& slot) {
  Memory memory{.saved = {Nanos{slot.saved}},
                .boot = slot.boot,
                .phase = std::chrono::milliseconds{slot.phase_ms}};
  if (slot.line_reference != 0) {
    memory.line = RtcLine{.reference = {Nanos{slot.line_reference}},
                          .error = Nanos{slot.line_error},
                          .rate = {static_cast<double>(slot.line_rate_e15) * 1e-15}};
  }
  return memory;
}

Slot to_slot(const Memory& memory, std::uint64_t generation) {
  Slot slot{.magic = magic,
            .generation = generation,
            .saved = memory.saved.since_zero.count(),
            .boot = memory.boot,
            .phase_ms = static_cast<std::int32_t>(memory.phase / 1ms)};
  if (memory.line) {
    slot.line_reference = memory.line->reference.since_zero.count();
    slot.line_error = memory.line->error.count();
    slot.line_rate_e15 = std::llround(memory.line->rate.fraction * 1e15);
  }
  slot.crc = crc_of(slot);
  return slot;
}

}  // namespace

Result<Store> Store::open(const std::string& path) {
  Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_DSYNC, 0600)};
  if (!fd.is_open()) return system_failure("open " + path);
  if (const int error = ::posix_fallocate(fd.number(), 0, file_size); error != 0) {
    return system_failure("reserve room for " + path, error);
  }
  Store store{std::move(fd)};
  store.load();
  return store;
}

void Store::load() {
  for (const off_t at : {off_t{0}, slot_distance}) {
    Slot slot;
    if (::pread(fd_.number(), &slot, sizeof slot, at) != sizeof slot) continue;
    const bool is_whole = slot.magic == magic && slot.crc == crc_of(slot) && slot.phase_ms >= 0 &&
                          slot.phase_ms < 1000;
    if (!is_whole || slot.generation <= generation_) continue;
    generation_ = slot.generation;
    memory_ = to_memory(slot);
  }
}

Result<void> Store::save(const Memory& memory) {
  const Slot slot = to_slot(memory, generation_ + 1);
  const off_t at = slot.generation % 2 == 0 ? 0 : slot_distance;
  if (::pwrite(fd_.number(), &slot, sizeof slot, at) != sizeof slot) {
    return system_failure("save the time");
  }
  generation_ = slot.generation;
  memory_ = memory;
  return {};
}

std::uint64_t boot_number(std::string id) {
  if (id.empty()) {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::getline(file, id);
  }
  std::erase(id, '-');
  return parse_integer<std::uint64_t>(std::string_view{id}.substr(0, 16), 16).value_or(0);
}

}  // namespace ntp::rtcd
