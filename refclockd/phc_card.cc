// Finding a card's device, and its pins.
#include "refclockd/phc_card.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

namespace ntp::refclockd {
namespace {

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
  return PhcCard{std::move(fd), may_cross, abilities.n_pins};
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

}  // namespace ntp::refclockd
