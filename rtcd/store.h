// What rtcd remembers over a power cut: the last known time, the boot it belongs to, the hardware
// clock's line. Two slots in a file of one page, opened and filled at start, written in turn: a
// torn write costs one save, a full disk nothing. Opens nothing after start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "rtcd/rtc_line.h"

namespace ntp::rtcd {

struct Memory {
  UtcTime saved{};         // a time that was known then
  std::uint64_t boot = 0;  // of the boot in which it was saved
  Nanos phase{500ms};      // when in a second the chip wants to be written
  std::optional<RtcLine> line{};

  bool operator==(const Memory&) const = default;
};

class Store {
 public:
  // Makes the file when there is none; 0600, followed into no symbolic link.
  [[nodiscard]] static Result<Store> open(const std::string& path);

  // The newest whole slot; nullopt in a new or ruined file.
  [[nodiscard]] const std::optional<Memory>& memory() const { return memory_; }
  // In place, on disk when it returns. An error leaves the older slot whole.
  [[nodiscard]] Result<void> save(const Memory& memory);
  [[nodiscard]] const Fd& fd() const { return fd_; }

 private:
  explicit Store(Fd fd) : fd_{std::move(fd)} {}
  void load();

  Fd fd_;
  std::uint64_t generation_ = 0;
  std::optional<Memory> memory_;
};

// This boot, as a number: equal exactly while the machine has not been started anew. 0: unknown.
// `id` is the kernel's boot ID, with or without dashes; "" asks /proc for it.
[[nodiscard]] std::uint64_t boot_number(std::string id);

}  // namespace ntp::rtcd
