// One loop, a few looks a minute: the duties are eleven minutes apart and none is urgent.
#include "rtcd/daemon.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/log.h"
#include "common/os/kernel_clock.h"
#include "rtcd/boot.h"
#include "rtcd/log_row.h"

namespace ntp::rtcd {
namespace {

constexpr Nanos look_every = 15s;

Owner owner_of(const ClockSettings& settings) {
  if (settings.rtcsync) return Owner::kernel;
  return settings.rtcfile.empty() ? Owner::us : Owner::nobody;
}

std::string statedir_of(const Options& options, const ClockSettings& settings) {
  return options.statedir.value_or(settings.statedir) + "/rtcd";
}

// The usual name is a link that udev makes; a machine without udev has the device only.
std::string device_of(const Options& options, const ClockSettings& settings) {
  const std::string named = options.device.value_or(settings.rtcdevice);
  const bool is_missing = named == "/dev/rtc" && ::access(named.c_str(), F_OK) != 0;
  return is_missing ? "/dev/rtc0" : named;
}

void remember(Daemon& daemon, Result<Store> store) {
  if (!store) {
    log_warning("The time cannot be saved here: {}", store.error().message);
    return;
  }
  daemon.store = std::move(*store);
  if (!daemon.store->memory()) return;
  daemon.memory = *daemon.store->memory();
  daemon.remembers = true;
}

// chrony's file says more than nothing, our own store more than that.
void open_rtcfile(Daemon& daemon, const std::string& path, Identity who) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  const auto line = parse_rtcfile(text.str());
  if (line && !daemon.memory.line) daemon.memory.line = line;
  daemon.rtcfile = Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!daemon.rtcfile.is_open()) {
    log_warning("{}", system_failure("open " + path).error().message);
  } else if (::geteuid() == 0 && ::fchown(daemon.rtcfile.number(), who.uid, who.gid) != 0) {
    log_warning("{}", system_failure("give away " + path).error().message);
  }
}

void save(Daemon& daemon) {
  daemon.memory.saved = UtcTime{daemon.clocks.read().system.since_zero};
  daemon.memory.boot = daemon.boot;
  daemon.remembers = true;
  if (!daemon.store) return;
  if (const auto done = daemon.store->save(daemon.memory); !done)
    log_warning("{}", done.error().message);
}

// A line of fixed width, so that it replaces the one before in a single write. False: not done.
bool write_rtcfile(const Daemon& daemon) {
  if (!daemon.rtcfile.is_open() || !daemon.memory.line) return false;
  std::string line = to_rtcfile(*daemon.memory.line);
  line.insert(line.size() - 1, std::max<std::size_t>(64, line.size()) - line.size(), ' ');
  if (::pwrite(daemon.rtcfile.number(), line.data(), line.size(), 0) >= 0) return true;
  log_warning("{}", system_failure("write the rtcfile").error().message);
  return false;
}

// For observers; nothing where the hardware clock is not measured.
std::optional<RtcTracking> known_of(const Daemon& daemon) {
  if (!daemon.rtc || !daemon.rtcfile.is_open() || !daemon.memory.line) return std::nullopt;
  const RtcLine& line = *daemon.memory.line;
  return RtcTracking{.reference = line.reference,
                     .fast = line.error,
                     .gain = line.rate,
                     .samples = static_cast<std::uint32_t>(daemon.track.count()),
                     .runs = static_cast<std::uint32_t>(daemon.track.runs(line)),
                     .span = daemon.track.span()};
}

void count(RtcRefusals& refused, RtcDoubt reason) {
  switch (reason) {
    case RtcDoubt::none: return;
    case RtcDoubt::low_battery: ++refused.low_battery; return;
    case RtcDoubt::too_old: ++refused.too_old; return;
    case RtcDoubt::before_saved: ++refused.before_saved; return;
    case RtcDoubt::too_far: ++refused.too_far; return;
  }
}

RtcWord word_of(const Daemon& daemon) { return {known_of(daemon), daemon.refused}; }

Nanos error_of(const RtcReading& reading) {
  return reading.shown.since_zero - reading.system.since_zero;
}

// A chip that lost its power on the way has lost its time: what it shows then tells no drift.
bool is_powered(Daemon& daemon, const RtcReading& reading) {
  if (reading.low_battery) {
    count(daemon.refused, RtcDoubt::low_battery);
    daemon.callers.tell_observers(word_of(daemon));
  }
  if (std::exchange(daemon.has_low_battery, reading.low_battery) != reading.low_battery) {
    if (reading.low_battery) log_warning("The RTC is not measured while its battery is low");
    else log_info("The RTC's battery is good again");
  }
  return !reading.low_battery;
}

void measure(Daemon& daemon) {
  const auto reading = find_tick(*daemon.rtc, daemon.clocks);
  if (!reading) {
    log_warning("{}", reading.error().message);
    return;
  }
  if (!is_powered(daemon, *reading)) return;
  const RtcMeasurement newest{.when = {reading->system.since_zero}, .error = error_of(*reading)};
  daemon.track.take(newest);
  const auto known = daemon.memory.line ? std::optional{daemon.memory.line->rate} : std::nullopt;
  daemon.memory.line = daemon.track.line(known);
  (void)write_rtcfile(daemon);
  daemon.callers.tell_observers(word_of(daemon));
  daemon.log.row(measurement_row(newest, daemon.track, *daemon.memory.line));
  log_debug("RTC error {:+.6f} seconds, rate {:+.3f} ppm, {} measurements",
            to_seconds(error_of(*reading)), daemon.memory.line->rate.ppm(), daemon.track.count());
}

// False: not done.
bool write(Daemon& daemon) {
  if (daemon.options.dry_run) {
    log_info("RTC would be set (-x)");
    return false;
  }
  const auto set = set_rtc(*daemon.rtc, daemon.clocks, daemon.memory.phase);
  if (!set) {
    log_warning("{}", set.error().message);
    return false;
  }
  daemon.memory.phase = set->phase;
  daemon.track.restart();
  if (daemon.memory.line) {
    daemon.memory.line->reference = {set->after.system.since_zero};
    daemon.memory.line->error = error_of(set->after);
    (void)write_rtcfile(daemon);
    daemon.callers.tell_observers(word_of(daemon));
  }
  log_info("RTC set, {:+.3f} seconds left", to_seconds(error_of(set->after)));
  return true;
}

std::optional<Nanos> predicted_error(const Daemon& daemon, SystemTime system) {
  if (!daemon.memory.line) return std::nullopt;
  return daemon.memory.line->error_at({system.since_zero});
}

void do_duties(Daemon& daemon, bool is_stopping) {
  const Reading now = daemon.clocks.read();
  const Duties duties =
      daemon.keeper.duties({.now = now.raw,
                            .system = now.system,
                            .is_trusted = is_trustworthy(daemon.page.latest(), now.raw),
                            .is_stopping = is_stopping,
                            .rtc_error = predicted_error(daemon, now.system)},
                           daemon.remembers ? std::optional{daemon.memory.saved} : std::nullopt);
  if (duties.measure && daemon.rtc) measure(daemon);
  if (duties.write && daemon.rtc) (void)write(daemon);
  if (duties.save && !daemon.options.dry_run) save(daemon);
}

RtcAnswer cycle(OwnLog& log) {
  return !log.is_on() || log.open_again() ? RtcAnswer::done : RtcAnswer::failed;
}

RtcAnswer obey(Daemon& daemon, RtcOperation operation) {
  if (operation == RtcOperation::cycle_logs) return cycle(daemon.log);
  if (!daemon.rtc) return RtcAnswer::no_rtc;
  if (operation == RtcOperation::write) {
    if (!known_of(daemon)) return RtcAnswer::no_rtc;
    return write_rtcfile(daemon) ? RtcAnswer::done : RtcAnswer::failed;
  }
  if (!is_trustworthy(daemon.page.latest(), daemon.clocks.raw_now())) return RtcAnswer::not_trusted;
  return write(daemon) ? RtcAnswer::done : RtcAnswer::failed;
}

void serve_callers(Daemon& daemon) {
  while (const auto command = daemon.callers.next(word_of(daemon)))
    daemon.callers.answer(*command, obey(daemon, command->operation));
}

// To judge the date takes no tick, which may be two seconds away.
Result<RtcReading> look_at_rtc(Daemon& daemon) {
  if (!daemon.options.no_step) return find_tick(*daemon.rtc, daemon.clocks);
  const UtcTime shown = NTP_TRY(daemon.rtc->read());
  return RtcReading{.shown = shown,
                    .system = daemon.clocks.read().system,
                    .uncertainty = 1s,
                    .low_battery = daemon.rtc->is_battery_low()};
}

}  // namespace

Daemon::Daemon(const Options& given, const ClockSettings& settings)
    : options{given},
      page{given.rundir.value_or(settings.rundir) + "/clockd/clockd.sock"},
      keeper{owner_of(settings), to_nanos(settings.rtcautotrim)} {}

void prepare(Daemon& daemon, const ClockSettings& settings, Identity who) {
  const std::string directory = statedir_of(daemon.options, settings);
  if (const auto made = make_directory(directory, who, 0755); !made) {
    log_warning("The time cannot be saved here: {}", made.error().message);
  } else {
    remember(daemon, Store::open(directory + "/clock"));
  }
  if (daemon.store && ::geteuid() == 0 &&
      ::fchown(daemon.store->fd().number(), who.uid, who.gid) != 0) {
    log_warning("{}", system_failure("give the store to its user").error().message);
  }
  if (!settings.rtcfile.empty()) open_rtcfile(daemon, settings.rtcfile, who);
  daemon.boot = boot_number(daemon.options.boot);
  auto rtc = open_rtc(device_of(daemon.options, settings),
                      keeps_what(settings.rtconutc, settings.hwclockfile));
  if (rtc) daemon.rtc = std::move(*rtc);
  else log_info("No RTC: {}", rtc.error().message);
}

void open_log(Daemon& daemon, const LogSettings& settings) {
  if (!settings.rtc || !daemon.rtcfile.is_open()) return;
  daemon.log = OwnLog{"rtc", settings.directory, log_heading, settings.banner};
}

void make_first_guess(Daemon& daemon) {
  const bool is_known_boot =
      daemon.remembers && daemon.boot != 0 && daemon.memory.boot == daemon.boot;
  BootFacts facts{.saved = daemon.remembers ? std::optional{daemon.memory.saved} : std::nullopt,
                  .line = daemon.memory.line,
                  .is_first_of_boot = !is_known_boot,
                  .always = daemon.options.always};
  if (daemon.rtc) {
    if (auto reading = look_at_rtc(daemon)) facts.rtc = *reading;
    else log_warning("{}", reading.error().message);
  }
  const Reading now = daemon.clocks.read();
  facts.system = now.system;
  facts.is_synchronised = is_trustworthy(daemon.page.latest(), now.raw);
  const BootDecision decision = decide(facts);
  count(daemon.refused, decision.refused);
  if (daemon.options.no_step) return;  // who made the guess has told it
  if (decision.guess == Guess::leave || daemon.options.dry_run) {
    if (!decision.why.empty()) {
      log_info("{}{}", decision.why, decision.guess == Guess::leave ? "" : " (not done: -x)");
    }
    return;
  }
  if (const auto done = KernelClock{}.step(decision.advance); !done) {
    log_error("{}: {}", decision.why, done.error().message);
    return;
  }
  log_info("{}", decision.why);
}

Result<void> run(Daemon& daemon) {
  const RawTime start = daemon.clocks.raw_now();
  std::array<pollfd, 1 + Callers::most> fds;
  while (!is_stop_requested()) {
    do_duties(daemon, false);
    serve_callers(daemon);
    const Nanos passed = daemon.clocks.raw_now() - start;
    if (daemon.options.limit > Nanos{0} && passed >= daemon.options.limit) break;
    const Nanos left = daemon.options.limit > Nanos{0} ? daemon.options.limit - passed : look_every;
    const auto watched = std::span{fds}.first(daemon.callers.watch(fds));
    NTP_TRY(wait_ready(watched, std::min(look_every, left)));
  }
  do_duties(daemon, true);
  return {};
}

}  // namespace ntp::rtcd
