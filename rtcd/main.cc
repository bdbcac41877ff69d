// rtcd: the hardware clock's keeper. Reads it before the network is up, writes it while clockd
// says that the system clock is right, and remembers the time for machines that have none.
// Speaks to no network and parses nothing but root's configuration.
#include <linux/rtc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "common/base/log.h"
#include "common/conf/rare_lines.h"
#include "common/conf/rtc_reference.h"
#include "common/os/privilege.h"
#include "common/os/sandbox.h"
#include "rtcd/daemon.h"

namespace ntp::rtcd {
namespace {

constexpr Allow promise[] = {
    {"ppoll"},
    {"ioctl", 1, Match::equal, RTC_RD_TIME},
    {"ioctl", 1, Match::equal, RTC_SET_TIME},
    {"ioctl", 1, Match::equal, RTC_VL_READ},
    {"read"},     // what callers want
    {"accept4"},  // callers
    {"getsockopt", 2, Match::equal, SO_PEERCRED},
    {"pread64"},                           // clockd's status page
    {"pwrite64"},                          // store and rtcfile
    {"write"},                             // log, service manager, the request to clockd, answers
    {"clock_gettime"},                     // where the vDSO cannot
    {"socket", 0, Match::equal, AF_UNIX},  // to find clockd again
    {"connect"},
    {"recvmsg"},
    {"close"},
    {"rt_sigreturn"},
    {"exit_group"},
    {"openat", 2, Match::equal, log_open_flags},  // cyclelogs; only where there is a log
};

Severity least_severity(const Options& options) {
  return options.debug ? Severity::debug : Severity::info;
}

struct Order {
  ClockSettings settings{};
  LogSettings log{};
  bool is_reference = false;  // `refclock RTC`: the device is refclockd's after the first guess
};

Result<Order> read_order(const Options& options) {
  const auto lines = NTP_TRY(read_conf_file(options.configuration));
  ClockSettings settings = NTP_TRY(read_clock_settings(lines));
  if (settings.rtcsync && !settings.rtcfile.empty()) {
    return failure(options.configuration +
                   ": rtcfile: cannot be used with rtcsync (the kernel would set the clock that is "
                   "measured); remove one of the two");
  }
  const bool is_reference = is_rtc_a_reference(lines);
  if (is_reference && !settings.rtcfile.empty()) {
    return failure(options.configuration +
                   ": rtcfile: cannot be used with refclock RTC (one of the two has the device); "
                   "remove one of the two");
  }
  return Order{settings, NTP_TRY(read_log_settings(lines)), is_reference};
}

Result<void> serve(const Options& options, const Order& order) {
  const ClockSettings& settings = order.settings;
  const Identity who =
      ::geteuid() == 0 ? NTP_TRY(resolve_user(options.user)) : Identity{::getuid(), ::getgid()};
  Daemon daemon{options, settings};
  prepare(daemon, settings, who);
  open_log(daemon, order.log);
  const std::string folder = options.rundir.value_or(settings.rundir) + "/rtcd";
  Fd started;
  if (!options.foreground) started = NTP_TRY(detach());
  const Fd log = open_service_log(options.debug || options.once, least_severity(options), "rtcd");
  if (!options.once) {
    NTP_TRY(make_directory(folder, who, 0755));
    NTP_TRY(write_pid_file(folder + "/rtcd.pid"));
    daemon.callers = Callers{NTP_TRY(listen_seqpacket(folder + "/rtcd.sock", 0666))};
  }
  if (!options.foreground) close_streams();
  const Notifier notifier = Notifier::open();
  take_signals();
  NTP_TRY(drop_to(who, options.dry_run ? Keep::nothing : Keep::sys_time));
  make_first_guess(daemon);
  if (options.once) return {};
  if (order.is_reference) daemon.rtc.reset();

  const Filter filter = options.filter_level == 0 ? Filter::off : Filter::on;
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
  const Fd log = open_service_log(true, least_severity(options), "rtcd");
  const auto order = read_order(options);
  if (!order) {
    log_error("{}", order.error().message);
    return 2;
  }
  if (options.check) return 0;
  const auto done = serve(options, *order);
  if (!done) log_error("{}", done.error().message);
  return done ? 0 : 1;
}

}  // namespace
}  // namespace ntp::rtcd

int main(int argc, char** argv) {
  try {
    const auto options = ntp::rtcd::parse_options(argc, argv);
    return options ? ntp::rtcd::start(*options) : options.error();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "rtcd: %s\n", problem.what());
    return 1;
  }
}
