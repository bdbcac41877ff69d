// Opens what clockd will hold, in the order in which it can fail.
#include "clockd/starter/start.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/conf/leap_source.h"
#include "common/conf/rtc_reference.h"
#include "common/os/system_clocks.h"

namespace ntp::clockd {

namespace {

constexpr const char* default_feeder = "ntpd-net";

// Without a leap file the clock knows no leap seconds; a bad one is an error of root's.
Result<LeapTable> read_leaps(const ClockSettings& settings) {
  const auto text = NTP_TRY(read_leap_source(settings));
  auto table = parse_leap_source(text);
  if (!table) return failure("leap seconds: " + table.error().message);
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

Result<BootId> read_boot_id() {
  const Fd file{::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
  char text[36];
  if (!file.is_open() || read(file.number(), text, sizeof text) != sizeof text)
    return system_failure("read the boot id");
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits += c;
  }
  const auto high = parse_integer<std::uint64_t>(digits.substr(0, 16), 16);
  const auto low = parse_integer<std::uint64_t>(digits.substr(16), 16);
  if (!high || !low) return failure("the boot id does not parse");
  return BootId{*high, *low};
}

Result<Fd> open_store(const std::string& folder, Identity identity) {
  NTP_TRY(make_directory(folder, identity, 0700));
  const std::string path = folder + "/store";
  Fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (!file.is_open()) return system_failure("open " + path);
  // The space is ours from now on: a full disk cannot take a slot away.
  if (posix_fallocate(file.number(), 0, 2 * sizeof(Slot)) != 0)
    return failure("no room for " + path);
  return file;
}

// Without the boot's id, what is in a store cannot be believed.
void take_store(const ClockSettings& settings, Started& started) {
  const auto boot = read_boot_id();
  auto store = boot ? open_store(settings.statedir + "/clockd", started.identity)
                    : Result<Fd>{std::unexpected{boot.error()}};
  if (!store) {
    log_warning("Budgets and the learnt rate will not survive a restart: {}",
                store.error().message);
    return;
  }
  started.page.boot_high = static_cast<std::int64_t>(boot->high);
  started.page.boot_low = static_cast<std::int64_t>(boot->low);
  started.store = std::move(*store);
}

bool decide_dry_run(const Options& options) {
  if (options.dry_run || may_set_time()) return options.dry_run;
  log_warning("No permission to set the clock (CAP_SYS_TIME): running as with -x");
  return true;
}

std::int64_t draw_random() {
  std::int64_t drawn = 0;
  return getrandom(&drawn, sizeof drawn, 0) == sizeof drawn ? drawn : 0;
}

void write_policy(const Policy& policy, HandOver& page) {
  if (policy.makestep) {
    page.step_threshold = policy.makestep->threshold.count();
    page.step_updates = policy.makestep->updates;
  }
  if (policy.maxchange) {
    page.change_offset = policy.maxchange->offset.count();
    page.change_start = policy.maxchange->start;
    page.change_ignore = policy.maxchange->ignore;
  }
  if (policy.first_step) page.first_step = policy.first_step->count();
  page.correction_ratio = std::llround(policy.correction_ratio * 1e6);
  page.most_rate = rate_to_e15(policy.most_rate);
  page.most_slew_rate = rate_to_e15(policy.most_slew_rate);
  page.may_write_rtc = policy.may_write_rtc;
  page.leap_mode = std::to_underlying(policy.leap_mode);
}

void write_leaps(const LeapTable& leaps, Started& started) {
  HandOver& page = started.page;
  const UtcTime now{SystemClocks{}.read().system.since_zero};
  if (leaps.expires && *leaps.expires < now) {
    log_warning("The list of leap seconds has expired: leap seconds of today are not known");
  }
  page.tai = leaps.tai_at(now);
  if (const LeapEvent* const ahead = leaps.next_after(now); ahead != nullptr) {
    page.leap_change = ahead->change;
    page.leap_at = ahead->at.since_zero.count();
    started.leap_tai = ahead->tai;
  }
}

}  // namespace

Result<Orders> read_orders(const Options& options) {
  const auto lines = NTP_TRY(options.lines.empty() ? read_conf_file(options.configuration)
                                                   : read_conf_arguments(options.lines));
  auto settings = NTP_TRY(read_clock_settings(lines));
  if (!options.rundir.empty()) settings.rundir = options.rundir;
  if (!options.statedir.empty()) settings.statedir = options.statedir;
  return Orders{std::move(settings), is_rtc_a_reference(lines)};
}

Result<Started> start(const Options& options, const Orders& orders) {
  const ClockSettings& settings = orders.settings;
  const auto leaps = NTP_TRY(read_leaps(settings));
  const auto identity = NTP_TRY(find_ourselves(options));
  const std::string folder = settings.rundir + "/clockd";
  NTP_TRY(make_directory(folder, identity, 0755));
  NTP_TRY(write_pid_file(folder + "/clockd.pid"));
  auto listener = NTP_TRY(listen_seqpacket(clock_socket_path(settings.rundir), 0666));

  Started started{.page = {}, .listener = std::move(listener), .store = {}, .identity = identity};
  HandOver& page = started.page;
  write_policy(to_policy(settings), page);
  if (orders.is_rtc_a_source) page.may_write_rtc = 0;
  if (settings.fallbackdrift) {
    page.fallback_least = settings.fallbackdrift->least;
    page.fallback_most = settings.fallbackdrift->most;
  }
  write_leaps(leaps, started);
  page.feeder = find_feeder(options, settings);
  page.is_dry_run = decide_dry_run(options);
  page.run_for = options.run_for > 0 ? to_nanos(options.run_for).count() : 0;
  page.session = draw_random();
  page.generation = draw_random();
  take_store(settings, started);
  return started;
}

}  // namespace ntp::clockd
