// See refclock_refid.h.
#include "common/conf/refclock_refid.h"

#include <fmt/format.h>

namespace ntp {
namespace {

std::string_view short_name(RefclockDriver driver) {
  switch (driver) {
    case RefclockDriver::pps: return "PPS";
    case RefclockDriver::sock: return "SOC";
    case RefclockDriver::shm: return "SHM";
    case RefclockDriver::phc: return "PHC";
    case RefclockDriver::rtc: return "RTC";
  }
  return "";
}

}  // namespace

std::uint32_t refid_of(const RefclockSettings& settings, std::size_t line) {
  const std::string name = settings.refid.empty()
                               ? fmt::format("{}{}", short_name(settings.driver), line % 10)
                               : settings.refid;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  }
  return value;
}

}  // namespace ntp
