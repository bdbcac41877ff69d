// The command line of refclockd. Reads nothing but its arguments.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "common/conf/clock_settings.h"
#include "common/time/instants.h"

namespace ntp::refclockd {

struct Options {
  std::string configuration = default_configuration;  // -f
  std::string user = "refclockd";                     // -u
  std::optional<std::string> reader{};                // --reader: instead of the directive user
  std::optional<std::string> rundir{};                // --rundir
  bool debug = false;                                 // -d
  bool foreground = false;                            // -n, -d
  bool check = false;                                 // --check
  int filter_level = 1;                               // -F
  Nanos limit{0};                                     // -t: exit after; 0 = never
};

// The options, or the exit code after help, version or a usage error were printed.
[[nodiscard]] std::expected<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace ntp::refclockd
