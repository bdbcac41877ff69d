// What clockd remembers across its own death: two slots of 128 octets in a file that is open
// and full-sized from the start, written in turn, each with a generation and a CRC-32C. A torn
// or flipped slot is as if it were not there. Not for what must survive loss of power: the
// learnt rate of ten minutes ago is as good.
#pragma once

#include <optional>
#include <type_traits>

#include "clockd/judge.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp::clockd {

struct BootId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  constexpr bool operator==(const BootId&) const = default;
};

// As it lies on disk. A change of it needs a new magic.
struct Slot {
  std::uint32_t magic = 0;
  std::uint32_t checksum = 0;  // CRC-32C of all that follows
  std::uint64_t generation = 0;
  BootId boot{};
  Memory memory{};
};
static_assert(std::is_trivially_copyable_v<Slot> && sizeof(Slot) == 128);

[[nodiscard]] Slot encode_slot(const Memory& memory, BootId boot, std::uint64_t generation);

struct Recollection {
  Memory memory{};
  std::uint64_t generation = 0;
};
// nullopt: damaged, or holding what no clockd wrote. Of another boot only the learnt rate and
// the floor are left: the raw clock began anew, and so does the gate.
[[nodiscard]] std::optional<Recollection> decode_slot(const Slot& slot, BootId boot, RawTime now);

class Store {
 public:
  Store() = default;
  // `file`: open for both, with room for two slots; closed, nothing survives.
  Store(Fd file, BootId boot) : file_{std::move(file)}, boot_{boot} {}

  // The newer good slot; a fresh memory if there is none.
  [[nodiscard]] Memory load(RawTime now);
  // Into the older slot. Without a file, done at once.
  [[nodiscard]] Result<void> save(const Memory& memory);

 private:
  Fd file_;
  BootId boot_{};
  std::uint64_t generation_ = 0;
};

}  // namespace ntp::clockd
