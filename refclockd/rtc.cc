// The hardware clock as a reference: a whole second at each of its ticks, which the chip's
// interrupt tells; where it has none the tick is looked for between two looks, so that `dpoll`
// says how well it is known. A chip that says its battery is low is not in sync.
#include <algorithm>

#include "common/os/rtc_device.h"
#include "refclockd/rtc_driver.h"

namespace ntp::refclockd {

Result<Look, Nothing> RtcDriver::look(Clocks& clocks) {
  const bool is_told = fd_ >= 0;
  if (is_told && !device_->take_tick()) return std::unexpected{Nothing::not_yet};
  const RawTime now = clocks.raw_now();
  const auto shown = device_->read();
  if (!shown) return std::unexpected{Nothing::device};
  const auto before = std::exchange(last_, Shown{now, *shown});
  const bool ticked = is_told || (before && before->utc != *shown);
  if (!ticked) return std::unexpected{Nothing::not_yet};
  if (device_->is_battery_low()) return std::unexpected{Nothing::no_clock};
  return Look{.raw = is_told ? now : before->raw + (now - before->raw) / 2, .utc = *shown};
}

Result<std::unique_ptr<Driver>> open_rtc_clock(const RefclockSettings& settings, RtcKeeps keeps) {
  NTP_TRY(know_options(settings, {"utc"}));
  const bool is_utc = has_option(settings, "utc");
  auto device = open_rtc(settings.parameter, is_utc ? RtcKeeps::utc : keeps);
  if (!device) return failure("refclock RTC: " + device.error().message);
  return std::make_unique<RtcDriver>(std::move(*device));
}

}  // namespace ntp::refclockd
