// refclockd: reads hardware clocks with no privilege but open devices and hands their samples to
// the network daemon. Touches no network and sets no clock.
#include <linux/pps.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "common/base/log.h"
#include "common/conf/grammar.h"
#include "common/os/privilege.h"
#include "common/os/random.h"
#include "common/os/sandbox.h"
#include "common/os/service.h"
#include "refclockd/daemon.h"
#include "refclockd/log_rows.h"
#include "refclockd/options.h"

namespace ntp::refclockd {
namespace {

constexpr Allow promise[] = {
    {"ppoll"},
    {"recvfrom"},  // SOCK datagrams; whether a reader is there
    {"ioctl", 1, Match::equal, PPS_FETCH},
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET},
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET_EXTENDED},
    {"ioctl", 1, Match::equal, PTP_SYS_OFFSET_PRECISE},
    {"ioctl", 1, Match::equal, RTC_RD_TIME},
    {"ioctl", 1, Match::equal, RTC_VL_READ},
    {"read"},           // ticks of the hardware clock, pulses that a card has stamped
    {"clock_adjtime"},  // the kernel's TAI offset; no privilege to set
    {"clock_gettime"},  // where the vDSO cannot
    {"accept4"},
    {"getsockopt", 2, Match::equal, SO_PEERCRED},
    {"sendmsg"},  // the ring
    {"sendto"},   // bells
    {"write"},    // log, service manager
    {"close"},
    {"rt_sigreturn"},
    {"exit_group"},
    {"openat", 2, Match::equal, log_open_flags},  // cyclelogs; only where there is a log
};

Severity least_severity(const Options& options) {
  return options.debug ? Severity::debug : Severity::info;
}

// The user that may read; nobody but root when there is no such user.
uid_t find_reader(const Options& options, const ClockSettings& settings) {
  const std::string name =
      options.reader.value_or(settings.user.empty() ? "ntpd-net" : settings.user);
  const auto who = resolve_user(name);
  if (!who) log_warning("{}: only root may read", who.error().message);
  return who ? who->uid : 0;
}

std::vector<Clock> open_clocks(const Settings& settings) {
  const std::span<const RefclockSettings> lines = settings.refclocks;
  const RtcKeeps keeps = keeps_what(settings.clock.rtconutc, settings.clock.hwclockfile);
  std::vector<Clock> clocks;
  for (std::size_t line = 0; line < std::min(lines.size(), most_clocks); ++line) {
    auto clock = open_clock(lines, line, keeps);
    if (clock) clocks.push_back(std::move(*clock));
    else log_error("{}", clock.error().message);
  }
  return clocks;
}

OwnLog open_log(const LogSettings& settings) {
  if (!settings.refclocks) return {};
  return {"refclocks", settings.directory, log_heading, settings.banner};
}

Result<Daemon> prepare(const Options& options, const Settings& settings, Identity who) {
  auto clocks = open_clocks(settings);
  if (clocks.empty()) return failure("no refclock can be used");
  const std::string folder = options.rundir.value_or(settings.clock.rundir) + "/refclockd";
  NTP_TRY(make_directory(folder, who, 0755));
  NTP_TRY(write_pid_file(folder + "/refclockd.pid"));
  Fd listening = NTP_TRY(listen_seqpacket(folder + "/refclockd.sock", 0666));
  auto ring = NTP_TRY(SampleBoardWriter::create(random_bits()));
  return Daemon{.clocks = std::move(clocks),
                .readers = {std::move(listening), find_reader(options, settings.clock)},
                .ring = std::move(ring),
                .limit = options.limit,
                .log = open_log(settings.log)};
}

Result<void> serve(const Options& options, const Settings& settings) {
  const Identity who =
      ::geteuid() == 0 ? NTP_TRY(resolve_user(options.user)) : Identity{::getuid(), ::getgid()};
  Fd started;
  if (!options.foreground) started = NTP_TRY(detach());
  const Fd log = open_service_log(options.debug, least_severity(options), "refclockd");
  auto daemon = NTP_TRY(prepare(options, settings, who));
  if (!options.foreground) close_streams();
  const Notifier notifier = Notifier::open();
  take_signals();
  const Filter filter = options.filter_level == 0 ? Filter::off : Filter::on;
  NTP_TRY(drop_to(who, Keep::nothing));
  NTP_TRY(deny_files(filter, daemon.log.folder()));
  NTP_TRY(
      confine(Promise{promise}.first(std::size(promise) - (daemon.log.is_on() ? 0 : 1)), filter));
  notifier.ready();
  if (started.is_open()) {
    const char word = 1;
    if (::write(started.number(), &word, 1) != 1) return system_failure("say that we started");
    started.reset();
  }
  const auto ended = run(daemon);
  notifier.stopping();
  if (!ended) log_error("{}", ended.error().message);
  ::_exit(ended ? 0 : 1);  // at once: freeing may be a call that the filter does not know
}

int start(const Options& options) {
  const Fd log = open_service_log(true, least_severity(options), "refclockd");
  const auto configuration = read_configuration(options.configuration);
  if (!configuration) {
    log_error("{}", configuration.error().message);
    return 2;
  }
  if (options.check) return 0;
  if (configuration->settings.refclocks.empty()) {
    log_info("No refclock is configured: nothing to do");
    Notifier::open().ready();  // an end that a service manager need not call a failure
    return 0;
  }
  const auto done = serve(options, configuration->settings);
  if (!done) log_error("{}", done.error().message);
  return done ? 0 : 1;
}

}  // namespace
}  // namespace ntp::refclockd

int main(int argc, char** argv) {
  try {
    const auto options = ntp::refclockd::parse_options(argc, argv);
    return options ? ntp::refclockd::start(*options) : options.error();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "refclockd: %s\n", problem.what());
    return 1;
  }
}
