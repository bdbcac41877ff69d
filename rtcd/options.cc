// CLI11 does the parsing, before any privilege is dropped and any door is shut.
#include "rtcd/options.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace ntp::rtcd {

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  double limit = 0;
  CLI::App app{"Keep the hardware clock and the system clock of a machine in agreement.", "rtcd"};
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("-v,--version", "rtcd (Meridian) " MERIDIAN_VERSION,
                       "print the version and exit");
  app.add_option("-f,--config", options.configuration, "configuration file")
      ->capture_default_str()
      ->take_last();
  app.add_option("-u,--user", options.user, "user name or number to run as")->capture_default_str();
  app.add_option("--rundir", options.rundir, "run directory, instead of the directive");
  app.add_option("--statedir", options.statedir, "state directory, instead of the directive");
  app.add_option("--device", options.device, "hardware clock, instead of the directive rtcdevice");
  app.add_option("--boot", options.boot, "the ID of this boot, where /proc does not tell it");
  app.add_flag("-s,--set", options.always, "set the system clock from the hardware clock at start");
  const auto once = app.add_flag("--once", options.once, "make the first guess and exit");
  app.add_flag("--no-step", options.no_step,
               "leave the system clock to an rtcd --once that ran before")
      ->excludes(once);
  app.add_flag("-x,--no-clock", options.dry_run, "touch neither clock, say what would be done");
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
    std::cerr << "rtcd: " << error.what() << "\nusage: rtcd [OPTION]...; rtcd --help says more\n";
    return std::unexpected{2};
  }
  options.limit = to_nanos(limit);
  options.foreground = options.foreground || options.debug || options.once;
  return options;
}

}  // namespace ntp::rtcd
