// rtcd at work: the first guess at start, then its duties until it is told to stop. Everything
// that opens a file is done by `prepare`; nothing here decides by itself what is believed
// (boot.h, keeper.h).
#pragma once

#include <memory>

#include "common/conf/settings.h"
#include "common/os/log_file.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"
#include "rtcd/callers.h"
#include "rtcd/keeper.h"
#include "rtcd/options.h"
#include "rtcd/rtc.h"
#include "rtcd/status_page.h"
#include "rtcd/store.h"

namespace ntp::rtcd {

struct Daemon {
  const Options& options;
  SystemClocks clocks{};
  std::unique_ptr<RtcDevice> rtc{};  // null: the machine has none
  std::optional<Store> store{};      // nullopt: nothing can be remembered
  Fd rtcfile{};                      // chrony's file of the drift; closed: not configured
  std::uint64_t boot = 0;
  StatusPage page;
  Keeper keeper;
  RtcTrack track{};
  Memory memory{};
  bool remembers = false;  // `memory` came from the store or was saved since
  Callers callers{};
  RtcRefusals refused{};         // what the hardware clock showed
  bool has_low_battery = false;  // when it was last measured
  OwnLog log{};                  // `log rtc`

  Daemon(const Options& given, const ClockSettings& settings);
};

// Opens device, store and rtcfile. What is missing is one line in the log and done without.
void prepare(Daemon& daemon, const ClockSettings& settings, Identity who);
// `log rtc`, where the hardware clock is measured.
void open_log(Daemon& daemon, const LogSettings& settings);

// The first guess. REQUIRES: CAP_SYS_TIME for it to have an effect.
void make_first_guess(Daemon& daemon);

// Until a signal or the time limit. REQUIRES: confined.
[[nodiscard]] Result<void> run(Daemon& daemon);

}  // namespace ntp::rtcd
