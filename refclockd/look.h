// One look at a reference: what every driver yields, and the interface they share. Drivers
// open their device before the doors are shut and allocate nothing afterwards.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/conf/settings.h"
#include "common/os/rtc_device.h"
#include "common/time/clocks.h"
#include "common/time/estimate.h"

namespace ntp::refclockd {

// When the reference was looked at: drivers that get a stamp from elsewhere have system time,
// which `history` makes raw; those that read clocks themselves have raw time at once.
struct Look {
  std::optional<RawTime> raw{};
  SystemTime system{};    // means nothing when `raw` is set
  UtcTime utc{};          // what the reference showed
  bool is_pulse = false;  // only the part below a pulse interval counts
  Leap leap = Leap::none;
};

// Why a look was not one. Counted per clock, never logged one by one.
enum class Nothing : std::uint8_t {
  not_yet,    // no news
  malformed,  // wrong size, magic or range
  torn,       // written while we read
  no_clock,   // the reference says itself that it is not in sync
  device,     // the device failed
};

class Driver {
 public:
  virtual ~Driver() = default;
  // Asked every dpoll, and whenever `fd` is readable until it says not_yet.
  [[nodiscard]] virtual Result<Look, Nothing> look(Clocks& clocks) = 0;
  // To wait on; -1: nothing, dpoll alone drives it.
  [[nodiscard]] virtual int fd() const { return -1; }
};

// REQUIRES: the privilege that the device needs; files can still be opened.
[[nodiscard]] Result<std::unique_ptr<Driver>> open_shm(const RefclockSettings& settings);
[[nodiscard]] Result<std::unique_ptr<Driver>> open_sock(const RefclockSettings& settings);
[[nodiscard]] Result<std::unique_ptr<Driver>> open_pps(const RefclockSettings& settings);
[[nodiscard]] Result<std::unique_ptr<Driver>> open_phc(const RefclockSettings& settings);

[[nodiscard]] Result<std::unique_ptr<Driver>> open_rtc_clock(const RefclockSettings& settings,
                                                             RtcKeeps keeps);

// The words after the colons. An error for one that is none of `known`, which end in "=" where a
// value follows.
[[nodiscard]] Result<void> know_options(const RefclockSettings& settings,
                                        std::initializer_list<std::string_view> known);
// "pin=2" among them; 0 when it is not there.
[[nodiscard]] Result<unsigned> number_option(const RefclockSettings& settings,
                                             std::string_view name);
// "perm=0660" among the driver options, octal; `otherwise` when it is not there.
[[nodiscard]] Result<unsigned> permission_of(const RefclockSettings& settings, unsigned otherwise);
// Whether the flag is among the driver options.
[[nodiscard]] bool has_option(const RefclockSettings& settings, std::string_view flag);

}  // namespace ntp::refclockd
