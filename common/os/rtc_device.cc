// One process at a time may have the device open; it keeps the descriptor for good.
#include "common/os/rtc_device.h"

#include <fcntl.h>
#include <linux/rtc.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <fstream>

#include "common/base/fd.h"

namespace ntp {
namespace {

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

  int hear_ticks() override {
    return ::ioctl(fd_.number(), RTC_UIE_ON, 0) == 0 ? fd_.number() : -1;
  }

  bool take_tick() override {
    unsigned long what = 0;  // the low octet says which interrupts, the rest how many
    return ::read(fd_.number(), &what, sizeof what) == sizeof what && (what & RTC_UF) != 0;
  }

  void pause(Nanos span) override {
    const timespec limit{.tv_sec = span / 1s, .tv_nsec = (span % 1s).count()};
    ::ppoll(nullptr, 0, &limit, nullptr);
  }

 private:
  Fd fd_;
  RtcKeeps keeps_;
};

}  // namespace

Result<std::unique_ptr<RtcDevice>> open_rtc(const std::string& path, RtcKeeps keeps) {
  Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
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

}  // namespace ntp
