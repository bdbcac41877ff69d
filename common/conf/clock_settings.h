// What the programs that hold the clock take from the configuration: a dozen directives of
// chrony.conf(5) and two of ours. Skips every other directive that exists, refuses words that
// do not. The network side's directives are common/conf/settings.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/conf/lines.h"
#include "common/time/instants.h"

namespace ntp {

inline constexpr const char* default_configuration = "/etc/meridian/meridian.conf";

// makestep: step instead of slew while the first updates last.
struct StepPolicy {
  Nanos threshold{0};  // steps when the correction is larger
  int updates = 0;     // within the first so many updates; < 0 always
  bool operator==(const StepPolicy&) const = default;
};

// maxchange: a correction above `offset` after `start` updates is ignored `ignore` times,
// then the program ends; ignore < 0 ignores for ever.
struct ChangeLimit {
  Nanos offset{0};
  int start = 0;
  int ignore = 0;
  bool operator==(const ChangeLimit&) const = default;
};

// initstepslew: the first correction of all is stepped when it is larger than `threshold`; the
// hosts are asked until then.
struct InitStepSlew {
  Nanos threshold{0};
  std::vector<std::string> hosts{};
  bool operator==(const InitStepSlew&) const = default;
};

// fallbackdrift: rates averaged over 2^least .. 2^most s, for times without a source.
struct FallbackDrift {
  int least = 0;
  int most = 0;
  bool operator==(const FallbackDrift&) const = default;
};

enum class LeapMode : std::uint8_t { system, step, slew, ignore };

struct ClockSettings {
  std::string user{};                          // `user`: ntpd-net's; empty = its default
  std::string rundir = "/run/meridian";        // `rundir`
  std::string statedir = "/var/lib/meridian";  // `statedir`

  std::optional<StepPolicy> makestep{};
  std::optional<InitStepSlew> initstepslew{};
  std::optional<FallbackDrift> fallbackdrift{};
  std::optional<ChangeLimit> maxchange{};
  Rate maxslewrate = ppm(83333.333);
  Rate maxdrift = ppm(100000);
  Rate maxclockerror = ppm(1);
  double corrtimeratio = 3.0;
  std::string driftfile{};  // chrony's own; empty = none (read once as a hint)
  Nanos driftfile_interval{3600s};

  std::string leapsectz{};    // "right/UTC"
  std::string leapseclist{};  // path of leap-seconds.list
  LeapMode leapsecmode = LeapMode::system;

  bool rtcsync = false;
  bool rtconutc = false;
  std::string rtcfile{};
  std::string rtcdevice = "/dev/rtc";
  std::string hwclockfile = "/etc/adjtime";
  double rtcautotrim = 0;  // seconds; 0 = off

  bool lock_all = false;
  int sched_priority = 0;  // 0 = no SCHED_FIFO

  bool operator==(const ClockSettings&) const = default;
};

// Takes one directive if it is one of ours: true if it was.
[[nodiscard]] Result<bool> take_clock_directive(ClockSettings& settings, Directive& directive);

// All of them from lines already read.
[[nodiscard]] Result<ClockSettings> read_clock_settings(std::span<const ConfLine> lines);

}  // namespace ntp
