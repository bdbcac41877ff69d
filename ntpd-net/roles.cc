// See roles.h.
#include "ntpd-net/roles.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/conf/leap_source.h"
#include "common/os/privilege.h"
#include "common/os/random.h"
#include "common/os/system_clocks.h"
#include "ntpd-net/access_names.h"
#include "ntpd-net/fast_path.h"
#include "ntpd-net/inheritance.h"
#include "ntpd-net/nts_role.h"
#include "ntpd-net/promises.h"
#include "ntpd-net/run.h"
#include "ntpd-net/server.h"
#include "ntpd-net/server_broadcast.h"

namespace ntp {
namespace {

constexpr Nanos access_patience = 5s;  // for the names in allow and deny, before we start

Result<std::string> read_whole(const Fd& fd) {
  struct stat about {};
  if (::fstat(fd.number(), &about) != 0) return system_failure("fstat of an inherited file");
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  if (::pread(fd.number(), text.data(), text.size(), 0) != about.st_size)
    return system_failure("read of an inherited file");
  return text;
}

Result<KeyStore> read_keys(const Fd& fd) {
  if (!fd.is_open()) return KeyStore{};
  return KeyStore::parse(NTP_TRY(read_whole(fd)), "keyfile");
}

void open_role_log(const Inheritance& given) {
  const int fd = given.word("log").empty() ? 2 : static_cast<int>(given.number("log"));
  open_log(fd, static_cast<LogStyle>(given.number("log_style")),
           static_cast<Severity>(given.number("log_least")), "ntpd-net");
}

// Control-C reaches the whole group: the supervisor alone decides what it means. SIGTERM keeps
// its meaning, a role that is told to die does.
void ignore_terminal_signals() {
  for (const int number : {SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
}

Errand errand_of(const Inheritance& given) {
  Errand errand{.touches_clock = given.is("touches_clock"),
                .one_shot = given.is("one_shot"),
                .prints_only = given.is("prints_only"),
                .time_limit = Nanos{given.number("time_limit")},
                .families = {given.is("ipv4"), given.is("ipv6")}};
  if (!given.word("drift").empty())
    errand.drift =
        Drift{rate_from_e15(given.number("drift")), rate_from_e15(given.number("drift_skew"))};
  return errand;
}

std::vector<ControlSocket> control_sockets(const Inheritance& given) {
  std::vector<ControlSocket> sockets;
  for (Fd& fd : given.take_all("control_unix")) sockets.emplace_back(std::move(fd), true);
  for (Fd& fd : given.take_all("control_udp")) sockets.emplace_back(std::move(fd), false);
  return sockets;
}

LeapTable leap_table(const Inheritance& given) {
  const Fd file = given.take("leaps");
  if (!file.is_open()) return {};
  const auto text = read_whole(file);
  const auto table = text ? parse_leap_source(*text) : Result<LeapTable>{failure("unreadable")};
  if (table) return *table;
  log_warning("Leap seconds are not known: {}", table.error().message);
  return {};
}

Result<std::optional<Thermometer>> thermometer_of(const Inheritance& given,
                                                  const Settings& settings) {
  Fd sensor = given.take("sensor");
  if (!settings.tempcomp || !sensor.is_open()) return std::nullopt;
  const Fd points = given.take("points");
  const std::string text = points.is_open() ? NTP_TRY(read_whole(points)) : std::string{};
  auto curve = NTP_TRY(TemperatureCurve::create(*settings.tempcomp, text));
  return Thermometer{std::move(sensor), std::move(curve), settings.tempcomp->interval};
}

Result<Passage> passage_of(const Inheritance& given, const Settings& settings,
                           const Errand& errand) {
  const std::string clock_path =
      errand.touches_clock ? clock_socket_path(settings.clock.rundir) : "";
  Passage passage{.clock = NTP_TRY(ClockLink::create(random_bits(), clock_path)),
                  .continuity = Continuity::open(),
                  .link_notice = open_link_notice(),
                  .names = NameService{given.take("names")},
                  .keys = KeyService{given.take("nts")},
                  .office = Office{given.take("office")},
                  .control = control_sockets(given),
                  .trace = Trace{given.take("trace")},
                  .logs = Logs{settings.log}};
  passage.leaps = leap_table(given);
  passage.thermometer = NTP_TRY(thermometer_of(given, settings));
  if (!settings.refclocks.empty())
    passage.reference_clocks.emplace(sample_socket_path(settings.clock.rundir));
  if (!settings.clock.rtcfile.empty())
    passage.hardware_clock.emplace(rtc_socket_path(settings.clock.rundir));
  if (const Fd served = given.take("served"); served.is_open())
    passage.served = NTP_TRY(map_served_to_write(served));
  for (const Fd& report : given.take_all("report"))
    passage.reports.push_back(NTP_TRY(map_report_to_read(report)));
  if (const Fd access = given.take("fast_access"); access.is_open()) {
    passage.fast_access = NTP_TRY(map_fast_access(access));
    passage.fast_counters = NTP_TRY(map_fast_counters(given.take("fast_counters")));
    passage.fast_clients = NTP_TRY(map_fast_clients(given.take("fast_clients")));
  }
  return passage;
}

Result<int> run_client(const Inheritance& given) {
  const std::string text = NTP_TRY(read_whole(given.take("configuration")));
  Configuration configuration = NTP_TRY(parse_handover(text));
  const KeyStore keys = NTP_TRY(read_keys(given.take("keys")));
  const Errand errand = errand_of(given);
  Passage passage = NTP_TRY(passage_of(given, configuration.settings, errand));
  resolve_access(configuration.settings.server.access, passage.names, access_patience);
  resolve_access(configuration.settings.control.access, passage.names, access_patience);
  SystemClocks clocks;
  const auto daemon =
      std::make_unique<Daemon>(std::move(configuration), keys, errand, clocks, std::move(passage));
  const Filter filter = given.is("filter") ? Filter::on : Filter::off;
  NTP_TRY(deny_files(filter));
  NTP_TRY(confine(client_promise(), filter));
  // Beyond this point: 24 system calls, no file, no capability.
  NTP_TRY(run(*daemon));
  return daemon->exit_code;
}

Result<int> run_server_role(const Inheritance& given) {
  ServerRole role{.sockets = given.take_all("socket"),
                  .served = given.take("served"),
                  .report = given.take("report"),
                  .cookie_keys = given.take("cookie_keys"),
                  .lifeline = given.take("lifeline"),
                  .fast_state = given.take("fast_state"),
                  .keys = NTP_TRY(read_keys(given.take("keys"))),
                  .ratelimit = {.enabled = given.is("ratelimit"),
                                .interval = static_cast<int>(given.number("ratelimit_interval")),
                                .burst = static_cast<int>(given.number("ratelimit_burst")),
                                .leak = static_cast<int>(given.number("ratelimit_leak")),
                                .kod = static_cast<int>(given.number("ratelimit_kod"))},
                  .broadcasts = broadcasts_of(given.word("broadcasts")),
                  .client_log = given.is("client_log"),
                  .confined = given.is("filter")};
  NTP_TRY(run_server(std::move(role)));
  return 0;
}

Result<int> run_resolver_role(const Inheritance& given) {
  NTP_TRY(run_resolver({.channel = given.take("names"),
                        .lifeline = given.take("lifeline"),
                        .confined = given.is("filter")}));
  return 0;
}

// The settings that the role obeys come as the client role's do.
Result<int> run_nts_role(const Inheritance& given) {
  const std::string text = NTP_TRY(read_whole(given.take("configuration")));
  const Settings settings = NTP_TRY(parse_handover(text)).settings;
  NtsRole role{.channel = given.take("nts"),
               .lifeline = given.take("lifeline"),
               .listeners = given.take_all("listener"),
               .served = given.take("served"),
               .cookie_keys = given.take("cookie_keys"),
               .settings = settings.nts,
               .ntp_port = settings.server.port,
               .from_ipv4 = settings.acquisition_ipv4,
               .from_ipv6 = settings.acquisition_ipv6,
               .confined = given.is("filter")};
  const std::vector<Fd> certificates = given.take_all("certificate"), keys = given.take_all("key");
  for (std::size_t i = 0; i < certificates.size() && i < keys.size(); ++i)
    role.identities.push_back(
        {.certificate = NTP_TRY(read_whole(certificates[i])), .key = NTP_TRY(read_whole(keys[i]))});
  NTP_TRY(run_nts(std::move(role)));
  return 0;
}

}  // namespace

Result<int> run_role(std::string_view role, std::vector<std::string> inheritance) {
  const Inheritance given = NTP_TRY(Inheritance::parse(std::move(inheritance)));
  open_role_log(given);
  ignore_terminal_signals();
  if (given.is("lock_memory") && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
    log_warning("Could not lock memory");
  if (role == "client") return run_client(given);
  if (role == "server") return run_server_role(given);
  if (role == "resolver") return run_resolver_role(given);
  if (role == "nts") return run_nts_role(given);
  return failure("no such role: " + std::string{role});
}

}  // namespace ntp
