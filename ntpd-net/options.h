// The command line, as chronyd's users know it. Parsing only (CLI11, before any privilege is
// dropped); what the options do is supervisor.h and daemon.h.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "common/base/log.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

struct Options {
  std::string configuration;                 // -f
  std::string begin_with;                    // --begin-with: this start's, instead
  std::vector<std::string> lines;            // configuration lines instead of a file
  bool foreground = false;                   // -n, -d
  bool terminal_log = false;                 // -d, -q, -Q
  std::string log_file;                      // -l
  Severity least_severity = Severity::info;  // -L, -d -d
  std::string user;                          // -u; empty = the `user` directive, else ntpd-net
  bool skip_root_check = false;              // -U
  bool touches_clock = true;                 // not -x
  bool only_ipv4 = false, only_ipv6 = false;
  bool print_configuration = false;  // -p
  bool check = false;                // --check
  bool open_ports = false;           // --open-ports
  bool reload_dump = false;          // -r
  bool set_once = false;             // -q
  bool print_once = false;           // -Q
  Nanos time_limit{0};               // -t
  bool filter = true;                // -F 0 turns it off
  bool lock_memory = false;          // -m
  int priority = 0;                  // -P
  int ready_fd = -1;                 // -N
  int workers = 0;                   // -j; 0 = one a processor, at most 4
  std::string rundir, statedir;      // empty = the directives
  std::string trace;                 // --trace

  [[nodiscard]] bool is_one_shot() const { return set_once || print_once; }
};

// What to do instead of running: print `text` and exit with `code`.
struct Leave {
  std::string text;
  int code = 0;
};

[[nodiscard]] std::variant<Options, Leave> parse_options(int argc, char** argv);

}  // namespace ntp
