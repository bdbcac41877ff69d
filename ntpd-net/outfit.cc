// See outfit.h.
#include "ntpd-net/outfit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/log.h"
#include "common/conf/leap_source.h"
#include "common/os/link_notice.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"
#include "ntpd-net/ports.h"
#include "ntpd-net/rereading.h"

namespace ntp {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? std::string{"/"} : path.substr(0, slash);
}

// Logs what a failure keeps us from; the rest goes on.
template <typename T>
std::optional<T> get_or_warn(Result<T> result, const char* what) {
  if (result) return *std::move(result);
  log_warning("{}: {}", what, result.error().message);
  return std::nullopt;
}

void make_folders(const Settings& settings, Identity owner) {
  for (const std::string& base : {settings.clock.rundir, settings.clock.statedir})
    if (const auto made = make_directory(base + "/ntpd-net", owner, 0750); !made)
      log_warning("{}", made.error().message);
  const LogSettings& log = settings.log;
  struct stat about {};
  const auto make_missing = [&](const std::string& path, mode_t mode) {
    if (path.empty() || ::stat(path.c_str(), &about) == 0) return;
    if (const auto made = make_directory(path, owner, mode); !made)
      log_warning("{}", made.error().message);
  };
  make_missing(log.directory, 0755);
  make_missing(settings.nts.dumpdir, 0750);
  make_missing(settings.dumpdir, 0750);
}

// The folder of a path that the operator chose is made when it is missing, never changed.
Fd open_control_unix(const std::string& path, Identity owner) {
  const std::string folder = folder_of(path);
  if (struct stat about{}; ::stat(folder.c_str(), &about) != 0) {
    if (const auto made = make_directory(folder, owner, 0750); !made) {
      log_warning("{}", made.error().message);
      return {};
    }
  }
  return get_or_warn(bind_datagram(path, 0666), "No Unix socket for commands").value_or(Fd{});
}

// The memory beside the server's sockets.
void open_server(Outfit& outfit, std::vector<std::vector<Fd>> sockets, const Settings& settings) {
  const int workers = static_cast<int>(sockets.size());
  if (workers == 0) return;
  auto served = get_or_warn(create_served_memory(), "Nobody can be served");
  if (!served) return;
  std::vector<Fd> reports;
  for (int i = 0; i < workers; ++i) {
    auto report =
        get_or_warn(create_report_memory(settings.server, workers), "Nobody can be served");
    if (!report) return;
    reports.push_back(*std::move(report));
  }
  outfit.server_sockets = std::move(sockets);
  outfit.served = *std::move(served);
  outfit.reports = std::move(reports);
}

// Always one line: whether the fast path is active, and why not.
void open_fast_path(Outfit& outfit, const Settings& settings) {
  if (outfit.server_sockets.empty()) return;
  if (settings.server.fastpath.interface.empty())
    return log_info("The fast path is off: no fastpath line in the configuration");
  auto path = start_fast_path(settings);
  if (!path) return log_warning("The fast path is off: {}", path.error().message);
  log_info("The fast path is active on {}, {}", settings.server.fastpath.interface,
           path->in_driver ? "in its driver" : "in the kernel's generic hook");
  outfit.fast_path = *std::move(path);
}

// The NTS server's certificates and keys, read while root's files can be read.
Result<void> read_identities(Outfit& outfit, const NtsSettings& nts) {
  if (nts.server_certificates.size() != nts.server_keys.size())
    return failure("ntsservercert and ntsserverkey must come in pairs");
  for (std::size_t i = 0; i < nts.server_keys.size(); ++i) {
    const std::string certificate =
        NTP_TRY(read_vetted_file(nts.server_certificates[i], default_vetting()));
    const std::string key = NTP_TRY(read_vetted_file(nts.server_keys[i], default_vetting()));
    outfit.nts_certificates.push_back(NTP_TRY(hand_text("certificate", certificate)));
    outfit.nts_keys.push_back(NTP_TRY(hand_text("key", key)));
  }
  return {};
}

void open_nts_server(Outfit& outfit, std::vector<Fd> listeners, const Settings& settings) {
  if (listeners.empty() || outfit.server_sockets.empty()) return;
  const auto serve = [&]() -> Result<void> {
    NTP_TRY(read_identities(outfit, settings.nts));
    outfit.cookie_keys = NTP_TRY(create_cookie_memory());
    for (int i = 0; i < nts_processes(settings.nts); ++i)
      outfit.nts_reports.push_back(NTP_TRY(create_key_report_memory(settings.server)));
    outfit.nts_listeners = std::move(listeners);
    return {};
  };
  if (const auto served = serve(); !served) {
    log_warning("No NTS server: {}", served.error().message);
    outfit.nts_listeners.clear();
  }
}

bool may_write(const std::string& path, Identity owner) {
  struct stat folder {};
  return ::stat(path.c_str(), &folder) == 0 &&
         (folder.st_uid == owner.uid || (folder.st_mode & S_IWOTH) != 0 ||
          (folder.st_gid == owner.gid && (folder.st_mode & S_IWGRP) != 0) || owner.uid == 0);
}

// `wanted` if it lets us write, else our own folder.
std::string folder_for(const std::string& wanted, const Settings& settings, Identity owner) {
  if (!wanted.empty() && may_write(wanted, owner)) return wanted;
  const std::string own = settings.clock.statedir + "/ntpd-net";
  if (!wanted.empty()) log_info("{} may not be written: {} is taken instead", wanted, own);
  return own;
}

// Measurements of the last run, and where those of this one go; -r alone means our own folder, too.
Result<void> open_dump(Outfit& outfit, const Options& options, const Settings& settings,
                       Identity owner) {
  if (settings.dumpdir.empty() && !options.reload_dump) return {};
  // What a sample is then depends on what the oscillator did before.
  if (settings.tempcomp || std::ranges::any_of(settings.refclocks, &RefclockSettings::local)) {
    log_warning("Measurements are not kept over a restart beside tempcomp and refclock local");
    return {};
  }
  outfit.dump_file = {folder_for(settings.dumpdir, settings, owner) + "/measurements", 0640};
  const std::string text = outfit.dump_file.take(owner);
  if (options.reload_dump && !text.empty()) outfit.dump = NTP_TRY(hand_text("dump", text));
  return {};
}

// NTS keys of our sources, likewise.
Result<void> open_kept_keys(Outfit& outfit, const Settings& settings, Identity owner) {
  if (settings.nts.dumpdir.empty()) return {};
  outfit.key_file = {folder_for(settings.nts.dumpdir, settings, owner) + "/nts-cookies", 0600};
  const std::string text = outfit.key_file.take(owner);
  if (!text.empty()) outfit.kept_keys = NTP_TRY(hand_text("nts-cookies", text));
  return {};
}

// Where the drift is kept: the operator's file if its folder lets us write, else our own.
DriftFile choose_drift_file(const Settings& settings, Identity owner) {
  const std::string own = settings.clock.statedir + "/ntpd-net/drift";
  const std::string& configured = settings.clock.driftfile;
  if (configured.empty()) return {own, ""};
  if (may_write(folder_of(configured), owner)) return {configured, own};
  log_info("{} may be read only: the drift is kept in {}", configured, own);
  return {own, configured};
}

}  // namespace

Result<Fd> hand_text(const char* name, const std::string& text) {
  Fd fd{::memfd_create(name, MFD_CLOEXEC)};
  if (!fd.is_open()) return system_failure("memfd");
  if (::write(fd.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return system_failure("write to a memfd");
  return fd;
}

namespace {

Result<void> open_thermometer(Outfit& outfit, const TemperatureCompensation& settings) {
  outfit.sensor = Fd{::open(settings.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!outfit.sensor.is_open()) {
    log_warning("tempcomp: cannot read {}: no compensation", settings.file);
    return {};
  }
  if (settings.points.empty()) return {};
  const std::string points = NTP_TRY(read_vetted_file(settings.points, default_vetting()));
  outfit.points = NTP_TRY(hand_text("points", points));
  return {};
}

}  // namespace

Result<void> Outfit::take_keys(std::string text) {
  keys = NTP_TRY(hand_text("keys", text));
  key_text = std::move(text);
  return {};
}

Result<Outfit> equip(const Options& options, const Configuration& configuration, Identity owner) {
  const Settings& settings = configuration.settings;
  Outfit outfit;
  outfit.boot = read_boot_id();
  outfit.configuration = NTP_TRY(hand_text("configuration", handover_text(configuration)));
  if (!settings.keyfile.empty()) {
    auto keys = read_key_text(settings.keyfile, {});
    if (keys) {
      for (const std::string& warning : keys->warnings) log_warning("{}", warning);
      NTP_TRY(outfit.take_keys(std::move(keys->text)));
    } else {
      log_warning("keyfile: {}", keys.error().message);
    }
  }
  // A leap file is clockd's matter first, which refuses a bad one: here it is only missed.
  const auto leaps = get_or_warn(read_leap_source(settings.clock), "leap seconds");
  if (leaps && !leaps->empty()) outfit.leaps = NTP_TRY(hand_text("leaps", *leaps));
  outfit.leap_keeper =
      LeapKeeper{settings.clock, leaps.value_or(""), SystemClocks{}.monotonic_now()};
  if (settings.tempcomp) NTP_TRY(open_thermometer(outfit, *settings.tempcomp));
  outfit.cards = open_cards(settings.hwtimestamps);
  if (!options.trace.empty()) {
    outfit.trace =
        Fd{::open(options.trace.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!outfit.trace.is_open()) return system_failure("open " + options.trace);
  }
  if (options.is_one_shot()) {
    outfit.links = open_link_notice();
    outfit.drift = choose_drift_file(settings, owner).read();
    return outfit;
  }

  make_folders(settings, owner);
  if (const std::string path = control_socket_path(settings); !path.empty()) {
    outfit.control_unix = open_control_unix(path, owner);
    if (outfit.control_unix.is_open()) outfit.control_path = path;
  }
  Ports ports = open_ports(options, settings, !outfit.cards.about.empty(), take_handed_ports());
  outfit.links = std::move(ports.links);
  outfit.control_udp = std::move(ports.control_udp);
  outfit.peer_ports = std::move(ports.peers);
  open_server(outfit, std::move(ports.server), settings);
  open_fast_path(outfit, settings);
  open_nts_server(outfit, std::move(ports.nts_listeners), settings);
  NTP_TRY(open_dump(outfit, options, settings, owner));
  NTP_TRY(open_kept_keys(outfit, settings, owner));
  const bool keeps =
      options.reload_dump || !settings.dumpdir.empty() || !settings.nts.dumpdir.empty();
  if (keeps) outfit.dump_room = NTP_TRY(create_dump_room());
  outfit.drift_file = choose_drift_file(settings, owner);
  outfit.drift = outfit.drift_file.read();
  return outfit;
}

}  // namespace ntp
