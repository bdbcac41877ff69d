// See options.h.
#include "ntpd-net/options.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "common/conf/clock_settings.h"

namespace ntp {
namespace {

// What CLI11 fills and Options does not hold as it is.
struct Rest {
  int debug = 0;
  double time_limit = 0;
  int filter = 1;
  int severity = 0;
  bool restart = false, from_rtc = false;
};

void declare(CLI::App& app, Options& options, Rest& rest) {
  app.set_version_flag("-v,--version", "ntpd-net (meridian) " MERIDIAN_VERSION);
  app.add_option("-f,--file", options.configuration, "configuration file")
      ->default_str(default_configuration);
  app.add_option("--begin-with", options.begin_with,
                 "configuration file of this start; a reload reads the other");
  app.add_option("lines", options.lines, "configuration lines; the file is then not read");
  app.add_flag("-n,--foreground", options.foreground, "stay in the foreground");
  app.add_flag("-d,--debug", rest.debug,
               "stay in the foreground and log to the terminal; twice: debug lines");
  app.add_option("-l,--log-file", options.log_file, "log to this file");
  app.add_option("-L,--log-level", rest.severity, "least severity logged, -1 (debug) to 3 (fatal)")
      ->check(CLI::Range(-1, 3));
  app.add_option("-u,--user", options.user, "user to run as, a name or a number");
  app.add_flag("-U,--no-root-check", options.skip_root_check,
               "may be started by anybody (always so)");
  app.add_flag(
      "-x,--no-clock", [&](std::int64_t) { options.touches_clock = false; },
      "never touch the clock: measure and serve only");
  app.add_flag("-4,--ipv4", options.only_ipv4, "IPv4 only");
  app.add_flag("-6,--ipv6", options.only_ipv6, "IPv6 only");
  app.add_flag("-p,--print", options.print_configuration,
               "print the configuration in force and exit");
  app.add_flag("--check", options.check,
               "say in plain sentences what the configuration means and exit");
  app.add_flag("-q,--set-once", options.set_once, "hand one estimate to clockd and exit");
  app.add_flag("-Q,--print-once", options.print_once, "print how wrong the clock is and exit");
  app.add_option("-t,--timeout", rest.time_limit,
                 "exit after so many seconds: 0 if synchronised, else 1")
      ->check(CLI::PositiveNumber);
  app.add_flag("-r,--reload", options.reload_dump, "begin with the measurements in dumpdir");
  app.add_flag("-R,--restart", rest.restart,
               "accepted for chronyd's sake: clockd remembers its policy's state");
  app.add_flag("-s,--from-rtc", rest.from_rtc, "accepted for chronyd's sake: rtcd does it");
  app.add_option("-P,--priority", options.priority, "SCHED_FIFO priority, 0 to 100")
      ->check(CLI::Range(0, 100));
  app.add_flag("-m,--lock-memory", options.lock_memory, "lock the roles into memory");
  app.add_option("-N,--ready-fd", options.ready_fd, "write a newline there when ready")
      ->check(CLI::Range(3, 1023));
  app.add_option("-F,--filter", rest.filter, "0: no system call filter (debugging only)");
  app.add_option("-j,--workers", options.workers, "server workers; 0: one a processor, at most 4")
      ->check(CLI::Range(0, 64));
  app.add_flag(
      "--open-ports", options.open_ports,
      "open the ports for the unit's next process, which needs no privilege then, and exit");
  app.add_option("--rundir", options.rundir, "directory of the sockets and the pid file");
  app.add_option("--statedir", options.statedir, "directory of the drift file");
  app.add_option("--trace", options.trace, "record every sample to this file, for replay");
}

void settle(Options& options, const Rest& rest) {
  if (options.configuration.empty()) options.configuration = default_configuration;
  options.terminal_log = rest.debug > 0 || options.is_one_shot();
  options.foreground |= options.terminal_log;
  options.least_severity = rest.debug > 1 ? Severity::debug : static_cast<Severity>(rest.severity);
  options.filter = rest.filter != 0;
  options.time_limit = to_nanos(rest.time_limit);
  if (options.print_once) options.touches_clock = false;
}

}  // namespace

std::variant<Options, Leave> parse_options(int argc, char** argv) {
  Options options;
  Rest rest;
  CLI::App app{
      "ntpd-net measures time from NTP servers, hands it to clockd and serves it to others."};
  declare(app, options, rest);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, complaint;
    const int code = app.exit(error, out, complaint);
    return Leave{code == 0 ? out.str() : complaint.str(), code == 0 ? 0 : 2};
  }
  settle(options, rest);
  if (options.only_ipv4 && options.only_ipv6) return Leave{"-4 and -6 exclude each other\n", 2};
  return options;
}

}  // namespace ntp
