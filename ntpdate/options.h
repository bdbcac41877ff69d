// The command line of ntpdate: the classic letters with the classic meaning, long names beside
// them, and a few options that only ours has. Reads nothing but its arguments.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/time/instants.h"

namespace ntp::ntpdate {

enum class Manner : std::uint8_t { by_size, step, slew };  // neither, -b, -B: the last one wins

inline constexpr int most_samples = 8;

struct Options {
  Family family = Family::none;  // -4, -6: take only such addresses
  Manner manner = Manner::by_size;
  bool query_only = false;                 // -q
  int debug = 0;                           // -d, how often
  bool to_syslog = false;                  // -s
  bool unprivileged_port = false;          // -u
  bool verbose = false;                    // -v
  bool json = false;                       // --json
  std::optional<std::uint32_t> key;        // -a
  std::string key_file = "/etc/ntp.keys";  // -k
  int version = 4;                         // -o, 1..4
  std::optional<int> samples;              // -p, 1..8; unset: as many as it takes, at most 4
  Nanos timeout{1s};                       // -t
  std::uint16_t port = 123;                // --port
  std::string rundir = "/run/meridian";    // --rundir: where a running clockd listens
  int filter_level = 1;                    // -F: 0 only for sanitised builds and debugging
  std::vector<std::string> servers;

  [[nodiscard]] bool sets_clock() const { return !query_only && debug == 0; }
};

// The options, or the exit code after help, version or a usage error were printed.
[[nodiscard]] std::expected<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace ntp::ntpdate
