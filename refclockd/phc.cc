// A network card's clock. The kernel's ways of comparing it, best first: a hardware cross
// timestamp (system and card latched together), a burst with the system clock read around the
// register access, a burst with it read around the whole call. The first that works is kept.
#include <dirent.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/fd.h"
#include "refclockd/phc_reading.h"

namespace ntp::refclockd {
namespace {

constexpr unsigned burst = 10;

Nanos to_span(const ptp_clock_time& t) { return std::chrono::seconds{t.sec} + Nanos{t.nsec}; }

class PhcDriver final : public Driver {
 public:
  PhcDriver(Fd fd, bool may_cross, bool is_pulse)
      : fd_{std::move(fd)}, way_{may_cross ? Way::precise : Way::extended}, is_pulse_{is_pulse} {}

  Result<Look, Nothing> look(Clocks&) override {
    auto found = try_ways();
    if (!found) return std::unexpected{Nothing::device};
    found->is_pulse = is_pulse_;
    return *found;
  }

 private:
  enum class Way : std::uint8_t { precise, extended, plain, none };

  std::optional<Look> try_ways() {
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

  std::optional<Look> precise() {
    ptp_sys_offset_precise both{};
    if (::ioctl(fd_.number(), PTP_SYS_OFFSET_PRECISE, &both) != 0) return std::nullopt;
    return Look{.raw = RawTime{to_span(both.sys_monoraw)}, .utc = {to_span(both.device)}};
  }
  std::optional<Look> extended() {
    ptp_sys_offset_extended many{};
    many.n_samples = burst;
    if (::ioctl(fd_.number(), PTP_SYS_OFFSET_EXTENDED, &many) != 0) return std::nullopt;
    std::array<PhcReading, burst> readings;
    for (unsigned i = 0; i < burst; ++i) {
      readings[i] = {{to_span(many.ts[i][0])}, to_span(many.ts[i][1]), {to_span(many.ts[i][2])}};
    }
    return combine(readings);
  }
  std::optional<Look> plain() {
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

  Fd fd_;
  Way way_;
  bool works_ = false;
  bool is_pulse_;
};

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

Result<std::unique_ptr<Driver>> open_phc(const RefclockSettings& settings) {
  if (has_option(settings, "extpps")) return failure("refclock PHC: extpps is not supported");
  const std::string path = device_of(settings.parameter);
  if (path.empty())
    return failure("refclock PHC: " + settings.parameter + " has no hardware clock");
  Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd.is_open()) return system_failure("refclock PHC: open " + path);
  ptp_clock_caps abilities{};
  if (::ioctl(fd.number(), PTP_CLOCK_GETCAPS, &abilities) != 0) {
    return failure("refclock PHC: " + path + " is no PTP clock");
  }
  return std::make_unique<PhcDriver>(std::move(fd), !has_option(settings, "nocrossts"),
                                     settings.pps);
}

}  // namespace ntp::refclockd
