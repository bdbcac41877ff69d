// The kernel's ways of comparing a card with the system clock, best first: a hardware cross
// timestamp (both latched together), a burst with the system clock read around the register
// access, a burst with it read around the whole call. The first that works is kept.
#include "refclockd/phc_card.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "refclockd/phc_reading.h"

namespace ntp::refclockd {
namespace {

constexpr unsigned burst = 10;

Nanos to_span(const ptp_clock_time& t) { return std::chrono::seconds{t.sec} + Nanos{t.nsec}; }

// "eth0" becomes the card's /dev/ptpN, by the kernel's own tree.
std::string device_of(const std::string& parameter) {
  if (parameter.starts_with('/')) return parameter;
  const std::string folder = "/sys/class/net/" + parameter + "/device/ptp";
  std::string device;
  if (DIR* const found = ::opendir(folder.c_str())) {
    while (const dirent* entry = ::readdir(found)) {
      if (std::strncmp(entry->d_name, "ptp", 3) == 0) device = std::string{"/dev/"} + entry->d_name;
    }
    ::closedir(found);
  }
  return device;
}

}  // namespace

Result<PhcCard> PhcCard::open(const std::string& parameter, bool may_cross) {
  const std::string path = device_of(parameter);
  if (path.empty()) return failure("refclock PHC: " + parameter + " has no hardware clock");
  // Read-write where allowed: newer kernels want that of whoever asks for pulses.
  Fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!fd.is_open()) fd = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd.is_open()) return system_failure("refclock PHC: open " + path);
  ptp_clock_caps abilities{};
  if (::ioctl(fd.number(), PTP_CLOCK_GETCAPS, &abilities) != 0)
    return failure("refclock PHC: " + path + " is no PTP clock");
  return PhcCard{std::move(fd), may_cross ? Way::precise : Way::extended, abilities.n_pins};
}

std::optional<Look> PhcCard::compare() {
  for (;;) {
    std::optional<Look> found;
    switch (way_) {
      case Way::precise: found = precise(); break;
      case Way::extended: found = extended(); break;
      case Way::plain: found = plain(); break;
      case Way::none: return std::nullopt;
    }
    if (found) works_ = true;
    if (found || works_) return found;
    way_ = static_cast<Way>(static_cast<std::uint8_t>(way_) + 1);
  }
}

std::optional<Look> PhcCard::precise() const {
  ptp_sys_offset_precise both{};
  if (::ioctl(fd_.number(), PTP_SYS_OFFSET_PRECISE, &both) != 0) return std::nullopt;
  return Look{.raw = RawTime{to_span(both.sys_monoraw)}, .utc = {to_span(both.device)}};
}

std::optional<Look> PhcCard::extended() const {
  ptp_sys_offset_extended many{};
  many.n_samples = burst;
  if (::ioctl(fd_.number(), PTP_SYS_OFFSET_EXTENDED, &many) != 0) return std::nullopt;
  std::array<PhcReading, burst> readings;
  for (unsigned i = 0; i < burst; ++i) {
    readings[i] = {{to_span(many.ts[i][0])}, to_span(many.ts[i][1]), {to_span(many.ts[i][2])}};
  }
  return combine(readings);
}

std::optional<Look> PhcCard::plain() const {
  ptp_sys_offset many{};
  many.n_samples = burst;
  if (::ioctl(fd_.number(), PTP_SYS_OFFSET, &many) != 0) return std::nullopt;
  std::array<PhcReading, burst> readings;
  for (unsigned i = 0; i < burst; ++i) {
    readings[i] = {
        {to_span(many.ts[2 * i])}, to_span(many.ts[2 * i + 1]), {to_span(many.ts[2 * i + 2])}};
  }
  return combine(readings);
}

Result<void> PhcCard::stamp_pulses(const Pulses& wish) {
  ptp_pin_desc pin{};
  pin.index = wish.pin;
  pin.func = PTP_PF_EXTTS;
  pin.chan = wish.channel;
  if (pins_ > 0 && ::ioctl(fd_.number(), PTP_PIN_SETFUNC, &pin) != 0)
    return system_failure("refclock PHC: make pin " + std::to_string(wish.pin) + " stamp pulses");
  ptp_extts_request request{};
  request.index = wish.channel;
  request.flags =
      PTP_ENABLE_FEATURE | (wish.on_clear ? unsigned{PTP_FALLING_EDGE} : PTP_RISING_EDGE);
  if (::ioctl(fd_.number(), PTP_EXTTS_REQUEST, &request) != 0)
    return system_failure("refclock PHC: stamp pulses on channel " + std::to_string(wish.channel));
  return {};
}

std::optional<Nanos> PhcCard::take_pulse(unsigned channel) {
  constexpr timespec no_time{};
  ptp_extts_event event{};
  for (;;) {
    // A read would wait for a pulse, whatever the descriptor was told.
    pollfd one{.fd = fd_.number(), .events = POLLIN, .revents = 0};
    if (::ppoll(&one, 1, &no_time, nullptr) != 1 || (one.revents & POLLIN) == 0) return {};
    if (::read(fd_.number(), &event, sizeof event) != sizeof event) return {};
    if (event.index == channel) return to_span(event.t);
  }
}

std::optional<Look> combine(std::span<const PhcReading> readings) {
  Nanos shortest = Nanos::max();
  for (const PhcReading& r : readings) {
    if (r.after > r.before) shortest = std::min(shortest, r.after - r.before);
  }
  if (shortest == Nanos::max()) return std::nullopt;
  const PhcReading& first = readings.front();
  Nanos system{0}, phc{0};
  int count = 0;
  for (const PhcReading& r : readings) {
    if (r.after <= r.before || r.after - r.before > shortest * 3 / 2) continue;
    system += (r.before - first.before) + (r.after - r.before) / 2;
    phc += r.phc - first.phc;
    ++count;
  }
  return Look{.system = first.before + system / count, .utc = {first.phc + phc / count}};
}

}  // namespace ntp::refclockd
