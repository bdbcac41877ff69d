// Reading a network card's clock (/dev/ptpN) beside ours: the kernel's ways of comparing the two,
// best first, and which readings of a burst are believed. Only reads: stamps no pulse, sets no
// clock, opens no device.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/time/instants.h"

namespace ntp {

// What the card showed and when: raw time where the hardware latched both, else system time.
struct PhcLook {
  std::optional<RawTime> raw{};
  SystemTime system{};  // means nothing when `raw` is set
  Nanos card{0};        // since the card's zero: 1970, in TAI where ptp4l keeps it
};

// One reading of the card with the system clock before and after it.
struct PhcReading {
  SystemTime before{};
  Nanos card{0};
  SystemTime after{};
};

// The mean of the readings whose window is within 1.5 times the shortest one; nullopt without a
// reading whose window is positive.
[[nodiscard]] std::optional<PhcLook> combine(std::span<const PhcReading> readings);

// A hardware cross timestamp (both latched together), a burst with the system clock read around the
// register access, a burst with it read around the whole call. The first that works is kept.
class PhcComparison {
 public:
  explicit PhcComparison(bool may_cross) : way_{may_cross ? Way::precise : Way::extended} {}
  // nullopt: the card failed.
  [[nodiscard]] std::optional<PhcLook> compare(int fd);

 private:
  enum class Way : std::uint8_t { precise, extended, plain, none };
  Way way_;
  bool works_ = false;
};

}  // namespace ntp
