// clockd, the command: starts as root, reads root's configuration and no other, opens what is
// needed, and becomes clockd-steerer (clockd/main.cc), which moves the clock. Itself it never
// does, and nobody can talk to it.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <exception>

#include "clockd/starter/become.h"
#include "clockd/starter/leap_reader.h"
#include "common/base/log.h"

namespace {

using namespace ntp;

constexpr int done = 0, refused = 1, misused = 2;

void describe(CLI::App& app, clockd::Options& options) {
  app.set_version_flag("-v,--version", "clockd (meridian) version " MERIDIAN_VERSION);
  app.add_option("-f,--config", options.configuration, "configuration file")
      ->capture_default_str()
      ->take_last();
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

LogStyle style_of(const Fd& syslog, bool to_terminal) {
  if (syslog.is_open()) return LogStyle::syslog;
  return !to_terminal && std::getenv("JOURNAL_STREAM") != nullptr ? LogStyle::journal
                                                                  : LogStyle::plain;
}

Result<int> live(const clockd::Options& options, const clockd::Orders& orders, char** argv) {
  const bool stays = options.stays || options.to_terminal;
  Fd place = NTP_TRY(clockd::reserve_descriptors());
  clockd::Leaving leaving;
  if (options.filter == 0) leaving.filter = Filter::off;
  leaving.steerer = NTP_TRY(clockd::open_steerer());
  leaving.log = open_service_log(options.to_terminal || !stays, Severity::info, "clockd");
  if (!stays) leaving.parent = NTP_TRY(detach());
  leaving.started = NTP_TRY(clockd::start(options, orders));
  log_info("clockd version " MERIDIAN_VERSION " starting{}",
           leaving.started.page.is_dry_run != 0 ? " (dry run)" : "");
  if (!stays) leaving.log = open_service_log(false, Severity::info, "clockd");
  leaving.log_style = style_of(leaving.log, options.to_terminal);
  leaving.notifier = Notifier::open().release();
  if (!stays) close_streams();
  const std::array<Fd*, 4> others{&leaving.steerer, &leaving.notifier, &leaving.parent, &place};
  leaving.leaps =
      NTP_TRY(clockd::start_leap_reader(orders.settings, leaving.started, others, leaving.filter));
  return std::unexpected{clockd::become_steerer(std::move(leaving), argv)};
}

int begin(const clockd::Options& options, char** argv) {
  const auto orders = clockd::read_orders(options);
  if (!orders) return complain(orders.error(), misused);
  if (options.only_checks) return done;
  const auto ended = live(options, *orders, argv);
  return ended ? *ended : complain(ended.error(), refused);
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
      return begin(options, argv);
    } catch (const CLI::ParseError& problem) {
      return app.exit(problem) == 0 ? done : misused;
    }
  } catch (const std::exception& problem) {
    log_error("{}", problem.what());
    return refused;
  }
}
