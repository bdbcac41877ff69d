// See roles.h.
#include "ntpd-net/roles.h"

#include "common/base/log.h"
#include "common/conf/leap_source.h"
#include "common/os/privilege.h"
#include "common/os/random.h"
#include "common/os/system_clocks.h"
#include "common/wire/key_file.h"
#include "ntpd-net/access_names.h"
#include "ntpd-net/fast_path.h"
#include "ntpd-net/inheritance.h"
#include "ntpd-net/promises.h"
#include "ntpd-net/role_start.h"
#include "ntpd-net/run.h"
#include "ntpd-net/server.h"
#include "ntpd-net/server_broadcast.h"
#include "ntpd-net/signer.h"

namespace ntp {
namespace {

constexpr Nanos access_patience = 5s;  // for the names in allow and deny, before we start

Result<KeyStore> read_keys(const Fd& fd) {
  if (!fd.is_open()) return KeyStore{};
  const std::string text = NTP_TRY(read_whole(fd));
  return parse_key_file(text, "keyfile").keys;  // who read the file named its bad lines
}

Errand errand_of(const Inheritance& given) {
  Errand errand{.touches_clock = given.is("touches_clock"),
                .one_shot = given.is("one_shot"),
                .prints_only = given.is("prints_only"),
                .time_limit = Nanos{given.number("time_limit")},
                .families = {given.is("ipv4"), given.is("ipv6")},
                .is_drift_refused = given.is("drift_refused")};
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

std::vector<UdpSocket> peer_ports(const Inheritance& given) {
  std::vector<UdpSocket> ports;
  for (Fd& fd : given.take_all("peer_port")) ports.push_back(UdpSocket::adopt(std::move(fd)));
  return ports;
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
                  .link_notice = given.take("links"),
                  .names = NameService{given.take("names")},
                  .keys = KeyService{given.take("nts")},
                  .office = Office{given.take("office")},
                  .control = control_sockets(given),
                  .peer_ports = peer_ports(given),
                  .trace = Trace{given.take("trace")},
                  .logs = Logs{settings.log}};
  passage.leaps = leap_table(given);
  passage.boot = given.word("boot");
  if (const Fd room = given.take("dump_room"); room.is_open()) {
    auto mapped = map_dump_room(room);
    if (mapped) passage.dump_room = *std::move(mapped);
    else log_warning("{}: they are not kept", mapped.error().message);
  }
  if (const Fd dump = given.take("dump"); dump.is_open()) passage.dump = NTP_TRY(read_whole(dump));
  if (const Fd keys = given.take("kept_keys"); keys.is_open())
    passage.kept_keys = NTP_TRY(read_whole(keys));
  passage.thermometer = NTP_TRY(thermometer_of(given, settings));
  passage.cards =
      Cards{given.take_all("card"), cards_of(given.word("cards")), settings.hwtimestamps};
  if (!settings.refclocks.empty())
    passage.reference_clocks.emplace(sample_socket_path(settings.clock.rundir));
  if (!settings.clock.rtcfile.empty())
    passage.hardware_clock.emplace(rtc_socket_path(settings.clock.rundir));
  if (const Fd served = given.take("served"); served.is_open())
    passage.served = NTP_TRY(map_served_to_write(served));
  for (const Fd& report : given.take_all("report"))
    passage.reports.push_back(NTP_TRY(map_report_to_read(report)));
  for (const Fd& report : given.take_all("nts_report"))
    passage.key_reports.push_back(NTP_TRY(map_report_to_read(report)));
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
  const bool has_cards = !passage.cards.is_empty();
  SystemClocks clocks;
  const auto daemon =
      std::make_unique<Daemon>(std::move(configuration), keys, errand, clocks, std::move(passage));
  const Filter filter = given.is("filter") ? Filter::on : Filter::off;
  NTP_TRY(deny_files(filter));
  NTP_TRY(confine(has_cards ? client_promise_with_cards() : client_promise(), filter));
  // Beyond this point: 24 system calls (25 where a card's clock is read), no file, no capability.
  NTP_TRY(run(*daemon));
  return daemon->exit_code;
}

Result<int> run_server_role(const Inheritance& given) {
  ServerRole role{.sockets = given.take_all("socket"),
                  .served = given.take("served"),
                  .report = given.take("report"),
                  .cookie_keys = given.take("cookie_keys"),
                  .lifeline = given.take("lifeline"),
                  .signer = given.take("signer"),
                  .fast_state = given.take("fast_state"),
                  .keys = NTP_TRY(read_keys(given.take("keys"))),
                  .ratelimit = {.enabled = given.is("ratelimit"),
                                .interval = static_cast<int>(given.number("ratelimit_interval")),
                                .burst = static_cast<int>(given.number("ratelimit_burst")),
                                .leak = static_cast<int>(given.number("ratelimit_leak")),
                                .kod = static_cast<int>(given.number("ratelimit_kod"))},
                  .broadcasts = broadcasts_of(given.word("broadcasts")),
                  .client_log = given.is("client_log"),
                  .card_stamps = given.is("card_stamps"),
                  .confined = given.is("filter")};
  NTP_TRY(run_server(std::move(role)));
  return 0;
}

Result<int> run_signer_role(const Inheritance& given) {
  NTP_TRY(run_signer({.orders = given.take("orders"),
                      .lifeline = given.take("lifeline"),
                      .sockets = given.take_all("socket"),
                      .directory = std::string{given.word("directory")},
                      .confined = given.is("filter")}));
  return 0;
}

Result<int> run_resolver_role(const Inheritance& given) {
  NTP_TRY(run_resolver({.channel = given.take("names"),
                        .lifeline = given.take("lifeline"),
                        .confined = given.is("filter")}));
  return 0;
}

}  // namespace

Result<int> run_role(std::string_view role, std::vector<std::string> inheritance) {
  const Inheritance given = NTP_TRY(Inheritance::parse(std::move(inheritance)));
  begin_role(given);
  if (role == "client") return run_client(given);
  if (role == "server") return run_server_role(given);
  if (role == "signer") return run_signer_role(given);
  if (role == "resolver") return run_resolver_role(given);
  return failure("no such role: " + std::string{role});
}

}  // namespace ntp
