// See phc.h.
#include "common/os/phc.h"

#include <linux/ptp_clock.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>

namespace ntp {
namespace {

constexpr unsigned burst = 10;

Nanos to_span(const ptp_clock_time& t) { return std::chrono::seconds{t.sec} + Nanos{t.nsec}; }

std::optional<PhcLook> precise(int fd) {
  ptp_sys_offset_precise both{};
  if (::ioctl(fd, PTP_SYS_OFFSET_PRECISE, &both) != 0) return std::nullopt;
  return PhcLook{.raw = RawTime{to_span(both.sys_monoraw)}, .card = to_span(both.device)};
}

std::optional<PhcLook> extended(int fd) {
  ptp_sys_offset_extended many{};
  many.n_samples = burst;
  if (::ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &many) != 0) return std::nullopt;
  std::array<PhcReading, burst> readings;
  for (unsigned i = 0; i < burst; ++i) {
    readings[i] = {{to_span(many.ts[i][0])}, to_span(many.ts[i][1]), {to_span(many.ts[i][2])}};
  }
  return combine(readings);
}

std::optional<PhcLook> plain(int fd) {
  ptp_sys_offset many{};
  many.n_samples = burst;
  if (::ioctl(fd, PTP_SYS_OFFSET, &many) != 0) return std::nullopt;
  std::array<PhcReading, burst> readings;
  for (unsigned i = 0; i < burst; ++i) {
    readings[i] = {
        {to_span(many.ts[2 * i])}, to_span(many.ts[2 * i + 1]), {to_span(many.ts[2 * i + 2])}};
  }
  return combine(readings);
}

}  // namespace

std::optional<PhcLook> PhcComparison::compare(int fd) {
  for (;;) {
    std::optional<PhcLook> found;
    switch (way_) {
      case Way::precise: found = precise(fd); break;
      case Way::extended: found = extended(fd); break;
      case Way::plain: found = plain(fd); break;
      case Way::none: return std::nullopt;
    }
    if (found) works_ = true;
    if (found || works_) return found;
    way_ = static_cast<Way>(static_cast<std::uint8_t>(way_) + 1);
  }
}

std::optional<PhcLook> combine(std::span<const PhcReading> readings) {
  Nanos shortest = Nanos::max();
  for (const PhcReading& r : readings) {
    if (r.after > r.before) shortest = std::min(shortest, r.after - r.before);
  }
  if (shortest == Nanos::max()) return std::nullopt;
  const PhcReading& first = readings.front();
  Nanos system{0}, card{0};
  int count = 0;
  for (const PhcReading& r : readings) {
    if (r.after <= r.before || r.after - r.before > shortest * 3 / 2) continue;
    system += (r.before - first.before) + (r.after - r.before) / 2;
    card += r.card - first.card;
    ++count;
  }
  return PhcLook{.system = first.before + system / count, .card = first.card + card / count};
}

}  // namespace ntp
