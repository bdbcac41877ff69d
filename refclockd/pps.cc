// The kernel's pulse-per-second devices (RFC 2783 by ioctl): the newest edge is fetched at every
// dpoll and is news when its number has changed. The stamp is CLOCK_REALTIME at the interrupt.
#include <fcntl.h>
#include <linux/pps.h>
#include <sys/ioctl.h>

#include "common/base/fd.h"
#include "refclockd/look.h"

namespace ntp::refclockd {
namespace {

class PpsDriver final : public Driver {
 public:
  PpsDriver(Fd fd, bool on_clear) : fd_{std::move(fd)}, on_clear_{on_clear} {}

  Result<Look, Nothing> look(Clocks&) override {
    pps_fdata fetched{};  // a timeout of zero: the newest edge, at once
    if (::ioctl(fd_.number(), PPS_FETCH, &fetched) != 0) return std::unexpected{Nothing::device};
    const auto number = on_clear_ ? fetched.info.clear_sequence : fetched.info.assert_sequence;
    const pps_ktime& stamp = on_clear_ ? fetched.info.clear_tu : fetched.info.assert_tu;
    if (number == last_ || number == 0) return std::unexpected{Nothing::not_yet};
    last_ = number;
    if (stamp.sec < 0 || stamp.nsec < 0 || stamp.nsec >= 1'000'000'000) {
      return std::unexpected{Nothing::malformed};
    }
    const SystemTime at{std::chrono::seconds{stamp.sec} + Nanos{stamp.nsec}};
    // A pulse marks a whole second; which one, the numbering says.
    return Look{.system = at, .utc = UtcTime{std::chrono::seconds{stamp.sec}}, .is_pulse = true};
  }

 private:
  Fd fd_;
  bool on_clear_;
  unsigned last_ = 0;
};

}  // namespace

Result<std::unique_ptr<Driver>> open_pps(const RefclockSettings& settings) {
  NTP_TRY(know_options(settings, {"clear"}));
  const std::string& path = settings.parameter;
  Fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!fd.is_open()) return system_failure("refclock PPS: open " + path);
  const bool on_clear = has_option(settings, "clear");
  const int edge = on_clear ? PPS_CAPTURECLEAR : PPS_CAPTUREASSERT;
  int abilities = 0;
  if (::ioctl(fd.number(), PPS_GETCAP, &abilities) != 0)
    return failure("refclock PPS: " + path + " is no PPS device");
  pps_kparams wish{};
  if (::ioctl(fd.number(), PPS_GETPARAMS, &wish) != 0)
    return system_failure("refclock PPS: ask " + path);
  if ((abilities & edge) == 0)
    return failure("refclock PPS: " + path + " does not stamp that edge");
  if ((wish.mode & edge) == 0) {
    wish.mode |= edge;
    if (::ioctl(fd.number(), PPS_SETPARAMS, &wish) != 0)
      return system_failure("refclock PPS: set up " + path);
  }
  return std::make_unique<PpsDriver>(std::move(fd), on_clear);
}

}  // namespace ntp::refclockd
