// clockd: the one program of the suite that moves the clock. Starts as root, opens what it
// needs, keeps CAP_SYS_TIME and fourteen system calls, and obeys what the judge lets pass.
// Parses no packet, no name, and no file but root's.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "clockd/promise.h"
#include "clockd/start.h"
#include "common/base/log.h"

namespace {

using namespace ntp;

constexpr int done = 0, refused = 1, misused = 2;

void describe(CLI::App& app, clockd::Options& options) {
  app.set_version_flag("-v,--version", "clockd (meridian) version " MERIDIAN_VERSION);
  app.add_option("-f,--config", options.configuration, "configuration file")->capture_default_str();
  app.add_flag("-x", options.dry_run, "never touch the clock: print what would be ordered");
  app.add_flag("-n", options.stays, "stay in the foreground, log as a service");
  app.add_flag("-d", options.to_terminal, "stay in the foreground, log to the terminal");
  app.add_option("-u,--user", options.user, "user to become, by name or number")
      ->capture_default_str();
  app.add_option("--feeder", options.feeder,
                 "user whose estimates are taken (default: directive user, else ntpd-net)");
  app.add_option("--rundir", options.rundir,
                 "directory of sockets and pid files (default: directive rundir)");
  app.add_option("--statedir", options.statedir,
                 "directory of what survives (default: directive statedir)");
  app.add_option("-F,--filter", options.filter,
                 "system call filter: 1 on, 0 off, for debugging only")
      ->check(CLI::Range(0, 2))
      ->capture_default_str();
  app.add_option("-t,--timeout", options.run_for, "end after so many seconds")
      ->check(CLI::Range(0.0, 1e9));
  app.add_flag("--check", options.only_checks,
               "read the configuration, say what is wrong, and end");
  app.add_option("directives", options.lines, "configuration lines, instead of the file");
}

int complain(const Error& error, int code) {
  log_error("{}", error.message);
  return code;
}

// The last steps with any privilege.
Result<void> shut_the_doors(Identity identity, Filter filter) {
  NTP_TRY(drop_to(identity, Keep::sys_time));
  NTP_TRY(deny_files(filter));
  return confine(clockd::promise, filter);
}

int live(const clockd::Options& options) {
  const auto settings = clockd::read_settings(options);
  if (!settings) return complain(settings.error(), misused);
  if (options.only_checks) return done;
  const bool stays = options.stays || options.to_terminal;
  const Fd log = open_service_log(options.to_terminal || !stays, Severity::info, "clockd");
  Fd parent;
  if (!stays) {
    auto detached = detach();
    if (!detached) return complain(detached.error(), refused);
    parent = std::move(*detached);
  }
  auto started = clockd::start(options, *settings);
  if (!started) return complain(started.error(), refused);
  log_info("clockd version " MERIDIAN_VERSION " starting{}",
           started->daemon.with.dry_run ? " (dry run)" : "");
  const Fd service_log = stays ? Fd{} : open_service_log(false, Severity::info, "clockd");
  take_signals();
  if (!stays) close_streams();
  if (const auto shut =
          shut_the_doors(started->identity, options.filter == 0 ? Filter::off : Filter::on);
      !shut) {
    return complain(shut.error(), refused);
  }
  if (parent.is_open()) [[maybe_unused]]
    const auto told = write(parent.number(), "1", 1);
  parent.reset();
  started->daemon.with.notifier.ready();
  const auto ended = clockd::run(started->daemon);
  log_info("clockd exiting");
  // At once: unmapping and freeing are calls that the filter does not know.
  _exit(ended ? done : complain(ended.error(), refused));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    clockd::Options options;
    CLI::App app{
        "Keeps the system clock on the time that ntpd-net estimates, within root's policy.",
        "clockd"};
    describe(app, options);
    try {
      app.parse(argc, argv);
      return live(options);
    } catch (const CLI::ParseError& problem) {
      return app.exit(problem) == 0 ? done : misused;
    }
  } catch (const std::exception& problem) {
    log_error("{}", problem.what());
    return refused;
  }
}
