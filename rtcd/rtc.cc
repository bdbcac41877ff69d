// No update interrupts: half of all hardware clocks lack them, and looking once a millisecond
// for a second needs neither read(2) nor a second open door in the filter. The price, 1 ms of
// doubt, is a hundredth of a part per million over a day.
#include "rtcd/rtc.h"

#include <fcntl.h>
#include <linux/rtc.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#include <fstream>

namespace ntp::rtcd {
namespace {

constexpr Nanos look_every = 1ms;
constexpr Nanos longest_second = 1200ms;
constexpr Nanos good_enough = 50ms;  // after a write: the chip did what was meant

// A count of local seconds as UTC. Not mktime(3), which looks at the zone's file each time.
std::time_t from_local(std::time_t local) {
  std::time_t utc = local;
  for (int i = 0; i < 2; ++i) {  // the second round mends a guess beyond a change of summer time
    std::tm parts{};
    ::localtime_r(&utc, &parts);
    utc = local - (::timegm(&parts) - utc);
  }
  return utc;
}

class KernelRtc final : public RtcDevice {
 public:
  KernelRtc(Fd fd, RtcKeeps keeps) : fd_{std::move(fd)}, keeps_{keeps} {}

  Result<UtcTime> read() override {
    rtc_time shown{};
    if (::ioctl(fd_.number(), RTC_RD_TIME, &shown) != 0) return system_failure("read the RTC");
    if (shown.tm_year < 0 || shown.tm_year > 300 || shown.tm_mon < 0 || shown.tm_mon > 11 ||
        shown.tm_mday < 1 || shown.tm_mday > 31 || shown.tm_hour > 23 || shown.tm_min > 59 ||
        shown.tm_sec > 60) {
      return failure("the RTC shows an impossible date");
    }
    std::tm parts{};
    parts.tm_sec = shown.tm_sec;
    parts.tm_min = shown.tm_min;
    parts.tm_hour = shown.tm_hour;
    parts.tm_mday = shown.tm_mday;
    parts.tm_mon = shown.tm_mon;
    parts.tm_year = shown.tm_year;
    const std::time_t count = ::timegm(&parts);
    return UtcTime{std::chrono::seconds{keeps_ == RtcKeeps::utc ? count : from_local(count)}};
  }

  Result<void> set(UtcTime whole_second) override {
    const std::time_t seconds = whole_second.since_zero / 1s;
    std::tm parts{};
    if (keeps_ == RtcKeeps::utc) ::gmtime_r(&seconds, &parts);
    else ::localtime_r(&seconds, &parts);
    rtc_time wish{};
    wish.tm_sec = parts.tm_sec;
    wish.tm_min = parts.tm_min;
    wish.tm_hour = parts.tm_hour;
    wish.tm_mday = parts.tm_mday;
    wish.tm_mon = parts.tm_mon;
    wish.tm_year = parts.tm_year;
    if (::ioctl(fd_.number(), RTC_SET_TIME, &wish) != 0) return system_failure("set the RTC");
    return {};
  }

  bool is_battery_low() override {
    unsigned flags = 0;
    if (::ioctl(fd_.number(), RTC_VL_READ, &flags) != 0) return false;
    return (flags & (RTC_VL_DATA_INVALID | RTC_VL_BACKUP_LOW | RTC_VL_BACKUP_EMPTY)) != 0;
  }

  void pause(Nanos span) override {
    const timespec limit{.tv_sec = span / 1s, .tv_nsec = (span % 1s).count()};
    ::ppoll(nullptr, 0, &limit, nullptr);
  }

 private:
  Fd fd_;
  RtcKeeps keeps_;
};

// Lets the time pass until the system clock is `phase` into a second; that second.
UtcTime wait_for_phase(RtcDevice& device, Clocks& clocks, Nanos phase) {
  const Nanos now = clocks.read().system.since_zero;
  const Nanos into = now % Nanos{1s};
  const Nanos second = now - into + (into <= phase ? Nanos{0} : Nanos{1s});
  device.pause(second + phase - now);
  return UtcTime{second};
}

Result<RtcReading> set_once(RtcDevice& device, Clocks& clocks, Nanos phase) {
  const UtcTime second = wait_for_phase(device, clocks, phase);
  NTP_TRY(device.set(second));
  return find_tick(device, clocks);
}

Nanos error_of(const RtcReading& reading) {
  return reading.shown.since_zero - reading.system.since_zero;
}

// A chip whose tick no write moves: all that can be had is the nearest second. Just after a tick,
// so that the write falls into the second that was read.
Result<RtcReading> move_whole_seconds(RtcDevice& device, Clocks& clocks,
                                      const RtcReading& reading) {
  const auto by = std::chrono::round<std::chrono::seconds>(error_of(reading));
  if (by == 0s) return reading;
  NTP_TRY(device.set(reading.shown - by));
  return find_tick(device, clocks);
}

}  // namespace

Result<std::unique_ptr<RtcDevice>> open_rtc(const std::string& path, RtcKeeps keeps) {
  Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd.is_open()) return system_failure("open " + path);
  ::tzset();  // while files can still be opened
  std::unique_ptr<RtcDevice> device = std::make_unique<KernelRtc>(std::move(fd), keeps);
  if (const auto shown = device->read(); !shown && shown.error().code == ENOTTY) {
    return failure(path + " is no RTC");
  }
  return device;
}

RtcKeeps keeps_what(bool rtconutc, const std::string& hwclockfile) {
  if (rtconutc) return RtcKeeps::utc;
  std::ifstream file{hwclockfile};
  std::string line;
  for (int i = 0; i < 3; ++i) {
    if (!std::getline(file, line)) return RtcKeeps::utc;
  }
  return line == "LOCAL" ? RtcKeeps::local_time : RtcKeeps::utc;
}

Result<RtcReading> find_tick(RtcDevice& device, Clocks& clocks) {
  const UtcTime first = NTP_TRY(device.read());
  Reading before = clocks.read();
  const RawTime start = before.raw;
  for (;;) {
    device.pause(look_every);
    const UtcTime shown = NTP_TRY(device.read());
    const Reading after = clocks.read();
    if (shown != first) {
      const Nanos window = after.raw - before.raw;  // the tick fell into it
      return RtcReading{.shown = shown,
                        .system = after.system - window / 2,
                        .uncertainty = window / 2,
                        .low_battery = device.is_battery_low()};
    }
    if (after.raw - start > longest_second) return failure("the RTC does not tick");
    before = after;
  }
}

Result<RtcSet> set_rtc(RtcDevice& device, Clocks& clocks, Nanos phase) {
  RtcSet set{.after = NTP_TRY(set_once(device, clocks, phase)), .phase = phase};
  if (std::chrono::abs(error_of(set.after)) <= good_enough) return set;
  const Nanos other = phase == usual_phase ? Nanos{0} : usual_phase;
  set.after = NTP_TRY(set_once(device, clocks, other));
  if (std::chrono::abs(error_of(set.after)) <= good_enough) {
    set.phase = other;
    return set;
  }
  set.after = NTP_TRY(move_whole_seconds(device, clocks, set.after));
  return set;
}

}  // namespace ntp::rtcd
