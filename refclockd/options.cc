// CLI11 does the parsing, before any privilege is dropped and any door is shut.
#include "refclockd/options.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace ntp::refclockd {

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  double limit = 0;
  CLI::App app{"Read hardware reference clocks and hand their samples to ntpd-net.", "refclockd"};
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("-v,--version", "refclockd (Meridian) " MERIDIAN_VERSION,
                       "print the version and exit");
  app.add_option("-f,--config", options.configuration, "configuration file")
      ->capture_default_str()
      ->take_last();
  app.add_option("-u,--user", options.user, "user name or number to run as")->capture_default_str();
  app.add_option("--reader", options.reader,
                 "user name or number that may read, instead of the directive user");
  app.add_option("--rundir", options.rundir, "run directory, instead of the directive");
  app.add_flag("-d,--debug", options.debug,
               "stay in the foreground, log to the terminal, say more");
  app.add_flag("-n,--foreground", options.foreground, "stay in the foreground");
  app.add_flag("--check", options.check, "check the configuration and exit");
  app.add_option("-F,--filter", options.filter_level, "system call filter: 1 on, 0 off (debugging)")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  app.add_option("-t,--time", limit, "exit after so many seconds")->check(CLI::Range(0.0, 1e8));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return std::unexpected{app.exit(error)};
    std::cerr << "refclockd: " << error.what()
              << "\nusage: refclockd [OPTION]...; refclockd --help says more\n";
    return std::unexpected{2};
  }
  options.limit = to_nanos(limit);
  options.foreground = options.foreground || options.debug;
  return options;
}

}  // namespace ntp::refclockd
