// The command line of rtcd. Reads nothing but its arguments.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "common/conf/clock_settings.h"
#include "common/time/instants.h"

namespace ntp::rtcd {

struct Options {
  std::string configuration = default_configuration;  // -f
  std::string user = "rtcd";                          // -u
  std::optional<std::string> rundir{};                // --rundir: instead of the directive
  std::optional<std::string> statedir{};              // --statedir
  std::optional<std::string> device{};                // --device
  std::string boot{};                                 // --boot: this boot's ID; "": see /proc
  bool always = false;                                // -s: set the clock from the RTC at start
  bool once = false;                                  // --once: first guess, then exit
  bool no_step = false;                               // --no-step: the guess was another's
  bool dry_run = false;                               // -x: touch neither clock
  bool debug = false;                                 // -d
  bool foreground = false;                            // -n, -d, --once
  bool check = false;                                 // --check
  int filter_level = 1;                               // -F
  Nanos limit{0};                                     // -t: exit after; 0 = never
};

// The options, or the exit code after help, version or a usage error were printed.
[[nodiscard]] std::expected<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace ntp::rtcd
