// Opens what clockd will hold, in the order in which it can fail.
#include "clockd/start.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/log.h"

namespace ntp::clockd {

namespace {

constexpr const char* default_feeder = "ntpd-net";

// Without a leap file the clock knows no leap seconds; a bad one is an error of root's.
Result<LeapTable> read_leaps(const ClockSettings& settings) {
  if (!settings.leapseclist.empty()) {
    const auto text = NTP_TRY(read_vetted_file(settings.leapseclist, Vetting::loose));
    auto table = parse_leap_list(text);
    if (!table) return failure(settings.leapseclist + ": " + table.error().message);
    return table;
  }
  if (settings.leapsectz.empty()) return LeapTable{};
  if (settings.leapsectz.find("..") != std::string::npos)
    return failure("leapsectz: not a zone: " + settings.leapsectz);
  const std::string path = "/usr/share/zoneinfo/" + settings.leapsectz;
  const auto octets = read_vetted_file(path, Vetting::loose);
  if (!octets) {
    log_warning("leapsectz {}: {}; leap seconds are not known", settings.leapsectz,
                octets.error().message);
    return LeapTable{};
  }
  auto table = parse_leap_zone(std::as_bytes(std::span{*octets}));
  if (!table) return failure(path + ": " + table.error().message);
  return table;
}

// Nobody but root feeds if the user does not exist.
uid_t find_feeder(const Options& options, const ClockSettings& settings) {
  const std::string name = !options.feeder.empty()  ? options.feeder
                           : !settings.user.empty() ? settings.user
                                                    : default_feeder;
  const auto found = resolve_user(name);
  if (found) return found->uid;
  log_warning("{}: only root may feed estimates", found.error().message);
  return 0;
}

Result<Identity> find_ourselves(const Options& options) {
  if (geteuid() != 0) return Identity{getuid(), getgid()};
  return resolve_user(options.user);
}

Store open_store(const std::string& statedir, Identity identity) {
  const std::string folder = statedir + "/clockd";
  const auto boot = read_boot_id();
  const auto made = make_directory(folder, identity, 0700);
  auto store = made && boot ? Store::open(folder + "/store", *boot) : Result<Store>{failure("")};
  if (store) return std::move(*store);
  log_warning("Budgets and the learnt rate will not survive a restart: {}",
              !boot   ? boot.error().message
              : !made ? made.error().message
                      : store.error().message);
  return {};
}

bool decide_dry_run(const Options& options) {
  if (options.dry_run || may_set_time()) return options.dry_run;
  log_warning("No permission to set the clock (CAP_SYS_TIME): running as with -x");
  return true;
}

std::uint64_t draw_random() {
  std::uint64_t drawn = 0;
  return getrandom(&drawn, sizeof drawn, 0) == sizeof drawn ? drawn : 0;
}

}  // namespace

Result<ClockSettings> read_settings(const Options& options) {
  const auto lines = NTP_TRY(options.lines.empty() ? read_conf_file(options.configuration)
                                                   : read_conf_arguments(options.lines));
  auto settings = NTP_TRY(read_clock_settings(lines));
  if (!options.rundir.empty()) settings.rundir = options.rundir;
  if (!options.statedir.empty()) settings.statedir = options.statedir;
  return settings;
}

Result<Started> start(const Options& options, const ClockSettings& settings) {
  const auto leaps = NTP_TRY(read_leaps(settings));
  const auto identity = NTP_TRY(find_ourselves(options));
  const std::string folder = settings.rundir + "/clockd";
  NTP_TRY(make_directory(folder, identity, 0755));
  NTP_TRY(write_pid_file(folder + "/clockd.pid"));
  auto listener = NTP_TRY(listen_seqpacket(clock_socket_path(settings.rundir), 0666));

  SystemClocks clocks;
  const SystemTime now = clocks.read().system;
  if (leaps.expires && leaps.expires->since_zero < now.since_zero) {
    log_warning("The list of leap seconds has expired: leap seconds of today are not known");
  }
  Equipment equipment{
      .policy = to_policy(settings),
      .feeder = find_feeder(options, settings),
      .dry_run = decide_dry_run(options),
      .leaps = LeapWatch{leaps, settings.leapsecmode, now},
      .tai = leaps.tai_at({now.since_zero}),
      .store = open_store(settings.statedir, identity),
      .notifier = Notifier::open(),
      .run_for = options.run_for > 0 ? std::optional{to_nanos(options.run_for)} : std::nullopt,
  };
  auto board = NTP_TRY(StatusWriter::create(draw_random()));
  Started started{.daemon = {.with = std::move(equipment),
                             .visitors = Visitors{std::move(listener)},
                             .board = std::move(board)},
                  .identity = identity};
  started.daemon.status.generation = draw_random();
  return started;
}

}  // namespace ntp::clockd
