// See role_inheritance.h.
#include "ntpd-net/role_inheritance.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/log.h"
#include "common/board/estimate_board.h"
#include "ntpd-net/ports.h"
#include "ntpd-net/server_broadcast.h"
#include "ntpd-net/standing.h"

namespace ntp {
namespace {

// As open_service_log chose for us.
LogStyle log_style(const Options& options, const Fd& syslog) {
  if (syslog.is_open()) return LogStyle::syslog;
  const bool to_file = options.terminal_log || !options.log_file.empty();
  return !to_file && ::getenv("JOURNAL_STREAM") != nullptr ? LogStyle::journal : LogStyle::plain;
}

Inheritance common_inheritance(const Estate& s) {
  const Options& options = s.options;
  Inheritance given;
  given.give("log", s.syslog);
  given.say("log_style", std::to_string(static_cast<int>(log_style(options, s.syslog))));
  given.say("log_least", std::to_string(static_cast<int>(options.least_severity)));
  given.say("filter", options.filter ? "1" : "0");
  given.say("lock_memory", locks_memory(options, s.configuration.settings) ? "1" : "0");
  return given;
}

}  // namespace

Inheritance client_inheritance(const Estate& s) {
  Inheritance given = common_inheritance(s);
  const auto flag = [&](std::string_view name, bool value) { given.say(name, value ? "1" : "0"); };
  given.give("configuration", s.outfit.configuration);
  given.give("keys", s.outfit.keys);
  given.give("leaps", s.outfit.leaps);
  given.give("sensor", s.outfit.sensor);
  given.give("points", s.outfit.points);
  given.give("card", s.outfit.cards.devices);
  given.say("cards", to_argument(s.outfit.cards.about));
  given.give("links", s.outfit.links);
  given.give("names", s.names_client);
  given.give("nts", s.keys_client);
  given.give("control_unix", s.outfit.control_unix);
  given.give("control_udp", s.outfit.control_udp);
  given.give("peer_port", s.outfit.peer_ports);
  given.give("served", s.outfit.served);
  given.give("report", s.outfit.reports);
  given.give("nts_report", s.outfit.nts_reports);
  given.give("trace", s.outfit.trace);
  given.give("dump_room", s.outfit.dump_room);
  given.give("dump", s.outfit.dump);
  given.give("kept_keys", s.outfit.kept_keys);
  given.say("boot", s.outfit.boot);
  if (const auto& fast = s.outfit.fast_path) {
    given.give("fast_access", fast->access);
    given.give("fast_counters", fast->counters);
    given.give("fast_clients", fast->clients);
  }
  flag("touches_clock", s.options.touches_clock);
  flag("one_shot", s.options.is_one_shot());
  flag("prints_only", s.options.print_once);
  flag("ipv4", families_of(s.options).ipv4);
  flag("ipv6", families_of(s.options).ipv6);
  given.say("time_limit", std::to_string(s.options.time_limit.count()));
  if (s.outfit.drift) {
    given.say("drift", std::to_string(rate_to_e15(s.outfit.drift->frequency)));
    given.say("drift_skew", std::to_string(rate_to_e15(s.outfit.drift->skew)));
  }
  flag("drift_refused", s.outfit.drift_file.is_refused());
  return given;
}

Inheritance server_inheritance(const Estate& s, std::size_t worker) {
  Inheritance given = common_inheritance(s);
  const ServerSettings& server = s.configuration.settings.server;
  given.give("socket", s.outfit.server_sockets[worker]);
  given.give("served", s.outfit.served);
  given.give("report", s.outfit.reports[worker]);
  given.give("keys", s.outfit.keys);
  if (worker == 0 && s.outfit.fast_path) given.give("fast_state", s.outfit.fast_path->state);
  given.give("cookie_keys", s.outfit.cookie_keys);
  given.give("signer", s.orders_server);
  if (worker == 0 && !server.broadcasts.empty())
    given.say("broadcasts", to_argument(server.broadcasts));
  given.say("client_log", server.noclientlog ? "0" : "1");
  given.say("card_stamps", s.outfit.cards.about.empty() ? "0" : "1");
  given.say("ratelimit", server.ratelimit.enabled ? "1" : "0");
  given.say("ratelimit_interval", std::to_string(server.ratelimit.interval));
  given.say("ratelimit_burst", std::to_string(server.ratelimit.burst));
  given.say("ratelimit_leak", std::to_string(server.ratelimit.leak));
  given.say("ratelimit_kod", std::to_string(server.ratelimit.kod));
  return given;
}

Inheritance nts_inheritance(const Estate& s, std::size_t number) {
  Inheritance given = common_inheritance(s);
  given.give("configuration", s.outfit.configuration);
  if (number == 0) given.give("nts", s.keys_nts);
  given.give("listener", s.outfit.nts_listeners);
  if (s.outfit.nts_listeners.empty()) return given;
  given.give("served", s.outfit.served);
  given.give("report", s.outfit.nts_reports[number]);
  given.give("cookie_keys", s.outfit.cookie_keys);
  given.give("certificate", s.outfit.nts_certificates);
  given.give("key", s.outfit.nts_keys);
  return given;
}

Inheritance resolver_inheritance(const Estate& s) {
  Inheritance given = common_inheritance(s);
  given.give("names", s.names_resolver);
  return given;
}

Inheritance signer_inheritance(const Estate& s) {
  Inheritance given = common_inheritance(s);
  given.give("orders", s.orders_signer);
  given.give("socket", s.outfit.server_sockets[0]);
  given.say("directory", s.configuration.settings.server.ntpsigndsocket);
  return given;
}

}  // namespace ntp
