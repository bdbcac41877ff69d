// See supervisor.h.
#include "ntpd-net/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "common/base/log.h"
#include "common/board/estimate_board.h"
#include "common/os/own_program.h"
#include "common/os/privilege.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"
#include "ntpd-net/cookie_keeper.h"
#include "ntpd-net/logs.h"
#include "ntpd-net/office.h"
#include "ntpd-net/outfit.h"
#include "ntpd-net/ports.h"
#include "ntpd-net/promises.h"
#include "ntpd-net/rereading.h"
#include "ntpd-net/role_inheritance.h"
#include "ntpd-net/role_process.h"
#include "ntpd-net/standing.h"

namespace ntp {
namespace {

constexpr Nanos farewell = 2s;  // a role's time to say its last words

struct Supervisor : Estate {
  Notifier notifier;
  std::vector<RoleProcess> roles{};  // the client is the first
  std::optional<CookieKeeper> cookie_keeper{};
  Office office{};                     // the client's lifeline
  std::optional<Rereading> offered{};  // to the client role, which has not adopted it yet
  bool announced = false;
  std::optional<int> exit_code{};
};

// A server of keys has its role from the start; for our own sources it waits until one asks.
Result<void> list_nts_roles(Supervisor& s) {
  if (s.outfit.nts_listeners.empty()) return {};
  const NtsSettings& settings = s.configuration.settings.nts;
  const std::string program = NTP_TRY(find_own_program("ntpd-net-nts"));
  for (std::size_t i = 0; i < s.outfit.nts_reports.size(); ++i)
    s.roles.emplace_back("nts", "lifeline", nts_inheritance(s, i), program);
  SystemClocks clocks;
  s.cookie_keeper =
      NTP_TRY(CookieKeeper::open(s.outfit.cookie_keys, settings, clocks.monotonic_now()));
  return {};
}

Result<void> list_signer(Supervisor& s) {
  const bool is_wanted = !s.configuration.settings.server.ntpsigndsocket.empty();
  if (!is_wanted || s.outfit.server_sockets.empty()) return {};
  std::tie(s.orders_server, s.orders_signer) = NTP_TRY(make_channel());
  s.roles.emplace_back("signer", "lifeline", signer_inheritance(s));
  return {};
}

Result<void> list_roles(Supervisor& s) {
  std::tie(s.names_client, s.names_resolver) = NTP_TRY(make_channel());
  std::tie(s.keys_client, s.keys_nts) = NTP_TRY(make_channel());
  s.roles.emplace_back("client", "office", client_inheritance(s));
  s.roles.emplace_back("resolver", "lifeline", resolver_inheritance(s));
  NTP_TRY(list_signer(s));
  for (std::size_t worker = 0; worker < s.outfit.server_sockets.size(); ++worker)
    s.roles.emplace_back("server", "lifeline", server_inheritance(s, worker));
  return list_nts_roles(s);
}

// Configuration again, for `reload sources`: the client role gets the new text as a descriptor.
void hand_sources(Supervisor& s) {
  std::vector<std::string> lines;
  for (const std::string& folder : s.configuration.settings.sourcedirs)
    lines.push_back("sourcedir " + folder);
  auto present = read_configuration(std::span{std::as_const(lines)});
  if (!present) return log_error("{}", present.error().message);
  for (const std::string& warning : present->warnings) log_warning("{}", warning);
  s.configuration.sourced = std::move(present->sourced);
  auto text = hand_text("sources", handover_text(s.configuration));
  if (!text) return log_error("{}", text.error().message);
  s.office.say({.word = OfficeWord::read_sources}, *text);
  s.outfit.configuration = *std::move(text);
}

// The server's workers know the keys and limits that they began with: new ones begin anew, over
// the same sockets and tables.
void restart_workers(Supervisor& s) {
  const MonotonicTime now = SystemClocks{}.monotonic_now();
  std::size_t worker = 0;
  for (RoleProcess& role : s.roles) {
    if (role.name() != "server") continue;
    role.inherit(server_inheritance(s, worker++));
    if (!role.is_running()) continue;
    role.end(farewell);
    if (const auto started = role.start(now); !started) log_error("{}", started.error().message);
  }
}

void change_keys(Supervisor& s, std::string text) {
  if (const auto taken = s.outfit.take_keys(std::move(text)); !taken)
    return log_error("{}", taken.error().message);
  s.office.say({.word = OfficeWord::keys}, s.outfit.keys);
}

void read_keys_again(Supervisor& s) {
  auto keys = read_key_text(s.configuration.settings.keyfile, s.outfit.key_text);
  if (!keys) return log_error("keyfile: {}", keys.error().message);
  for (const std::string& warning : keys->warnings) log_warning("{}", warning);
  change_keys(s, std::move(keys->text));
  restart_workers(s);
}

void keep_leaps(Supervisor& s) {
  SystemClocks clocks;
  const UtcTime utc{clocks.read().system.since_zero};
  const auto text = s.outfit.leap_keeper.look(clocks.monotonic_now(), utc);
  if (!text) return;
  if (auto file = hand_text("leaps", *text); file) s.outfit.leaps = *std::move(file);
  s.office.say({.word = OfficeWord::leaps}, s.outfit.leaps);
}

// Reads everything again and offers it to the client role, which answers whoever asked.
void offer_reading(Supervisor& s, const ReloadWish& wish) {
  keep_leaps(s);
  Rereading reading = read_again(s.options, s.configuration, s.outfit.key_text, wish);
  auto text = hand_text("reload", joined(reading));
  if (!text) return log_error("{}", text.error().message);
  s.office.say(message_of(reading), *text);
  if (reading.verdict == control::ReloadVerdict::applied) s.offered = std::move(reading);
}

// The client role took it up: so do we and the server's workers.
void adopt_reading(Supervisor& s) {
  if (!s.offered) return;
  Rereading reading = *std::exchange(s.offered, std::nullopt);
  s.configuration = *std::move(reading.configuration);
  if (auto text = hand_text("configuration", handover_text(s.configuration)); text)
    s.outfit.configuration = *std::move(text);
  else log_error("{}", text.error().message);
  if (reading.keys_changed) change_keys(s, std::move(reading.keys));
  if (reading.server_changed) restart_workers(s);
}

void announce(Supervisor& s) {
  s.notifier.ready();
  if (s.options.ready_fd < 0) return;
  (void)!::write(s.options.ready_fd, "\n", 1);
  ::close(s.options.ready_fd);
}

// The log files, opened anew, one message each: the client role may open none.
void hand_logs(Supervisor& s) {
  const LogSettings& settings = s.configuration.settings.log;
  for (std::size_t i = 0; i < log_names.size() && !s.options.is_one_shot(); ++i) {
    if (!is_wanted(settings, static_cast<LogName>(i))) continue;
    if (settings.directory.empty())
      return log_warning("logdir is not set: {} is not written", log_names[i]);
    std::string folder = settings.directory;
    const auto file = open_log_file(folder, log_names[i]);
    if (!file) log_warning("{}", file.error().message);
    else s.office.say({.word = OfficeWord::log_file, .first = static_cast<std::int64_t>(i)}, *file);
  }
}

void hear_client(Supervisor& s) {
  while (const auto heard = s.office.hear()) {
    const OfficeMessage& message = heard->message;
    switch (message.word) {
      case OfficeWord::ready:
        if (!std::exchange(s.announced, true)) announce(s);
        break;
      case OfficeWord::keep_drift:
        s.outfit.drift = Drift{rate_from_e15(message.first), rate_from_e15(message.second)};
        s.outfit.drift_file.write(*s.outfit.drift);
        break;
      case OfficeWord::dump:
        s.outfit.dump_file.write(s.outfit.dump_room, 0, message.first);
        s.outfit.key_file.write(s.outfit.dump_room, message.first, message.second);
        break;
      case OfficeWord::read_sources: hand_sources(s); break;
      case OfficeWord::cycle_logs: hand_logs(s); break;
      case OfficeWord::log_file: break;
      case OfficeWord::read_keys: read_keys_again(s); break;
      case OfficeWord::read_all: offer_reading(s, wish_of(message)); break;
      case OfficeWord::adopted: adopt_reading(s); break;
      case OfficeWord::keys:
      case OfficeWord::leaps:
      case OfficeWord::configuration: break;
      case OfficeWord::finish: s.exit_code = static_cast<int>(message.first); break;
    }
  }
}

Result<void> start_role(Supervisor& s, RoleProcess& role, MonotonicTime now) {
  NTP_TRY(role.start(now));
  if (&role != &s.roles.front()) return {};
  s.office = Office{Fd{::fcntl(role.fd(), F_DUPFD_CLOEXEC, 3)}};  // no other role may have it
  hand_logs(s);
  return {};
}

void bury_role(Supervisor& s, RoleProcess& role, MonotonicTime now) {
  const bool is_client = &role == &s.roles.front();
  if (is_client) hear_client(s);  // its last words
  const auto code = role.bury(now);
  if (is_client) {
    s.office = {};
    s.offered.reset();
    role.inherit(client_inheritance(s));  // with the drift and the sources of now
  }
  if (!code || s.exit_code) return;
  // A role that ends by itself in peace was told to; anything else is a fault of ours.
  log_error("The {} role ended with code {}", role.name(), *code);
  if (is_client && s.options.is_one_shot()) s.exit_code = *code == 0 ? 1 : *code;
}

Nanos next_restart(const Supervisor& s, MonotonicTime now) {
  MonotonicTime next = Timer::never;
  for (const RoleProcess& role : s.roles) next = std::min(next, role.restart().when());
  if (s.cookie_keeper) next = std::min(next, s.cookie_keeper->next_turn());
  return time_until(std::min(next, s.outfit.leap_keeper.next_look()), now);
}

// The first request for keys lies in the channel: who answers it is started now.
Result<void> start_nts_role(Supervisor& s, MonotonicTime now) {
  RoleProcess role{"nts", "lifeline", nts_inheritance(s, 0),
                   NTP_TRY(find_own_program("ntpd-net-nts"))};
  return start_role(s, s.roles.emplace_back(std::move(role)), now);
}

Result<void> watch_roles(Supervisor& s, Clocks& clocks) {
  std::vector<pollfd> fds;
  for (const RoleProcess& role : s.roles) fds.push_back({role.fd(), POLLIN, 0});
  const bool has_nts = s.roles.back().name() == "nts";
  fds.push_back({has_nts ? -1 : s.keys_nts.number(), POLLIN, 0});
  NTP_TRY(wait_ready(fds, next_restart(s, clocks.monotonic_now())));
  const MonotonicTime now = clocks.monotonic_now();
  if (s.cookie_keeper) s.cookie_keeper->turn_if_due(now);
  if (s.outfit.leap_keeper.next_look() <= now) keep_leaps(s);
  if (fds.back().revents != 0) return start_nts_role(s, now);
  for (std::size_t i = 0; i < s.roles.size(); ++i) {
    RoleProcess& role = s.roles[i];
    if (i == 0 && (fds[i].revents & POLLIN) != 0) hear_client(s);
    if ((fds[i].revents & (POLLHUP | POLLERR)) != 0) bury_role(s, role, now);
    if (!role.is_running() && role.restart().is_due(now) && !s.exit_code)
      NTP_TRY(start_role(s, role, now));
  }
  return {};
}

void end_roles(Supervisor& s) {
  // The client first: its last words are the drift.
  s.office.say({.word = OfficeWord::finish});
  for (RoleProcess& role : s.roles) {
    role.end(farewell);
    if (&role == &s.roles.front()) hear_client(s);
  }
}

}  // namespace

Result<int> supervise(const Options& options, Configuration configuration, const Fd& syslog) {
  const Identity owner = NTP_TRY(identity_of(options, configuration.settings));
  Outfit outfit = NTP_TRY(equip(options, configuration, owner));
  Supervisor s{{.options = options,
                .syslog = syslog,
                .configuration = std::move(configuration),
                .outfit = std::move(outfit)},
               Notifier::open()};
  const std::string pid_file = options.is_one_shot() ? "" : pid_file_path(s.configuration.settings);
  std::optional<Fd> started;
  if (!options.foreground) started = NTP_TRY(detach());
  if (const auto written = write_pid_file(pid_file); !written)
    log_warning("{}", written.error().message);

  if (!options.foreground && options.log_file.empty()) close_streams();
  take_signals();
  take_priority(options, s.configuration.settings);
  NTP_TRY(drop_to(owner, Keep::nothing));
  NTP_TRY(confine(supervisor_promise(), options.filter ? Filter::on : Filter::off));
  // Beyond this point nothing here can be done that the user could not do: no capability, and
  // the roles inherit it so.
  NTP_TRY(list_roles(s));
  SystemClocks clocks;
  for (RoleProcess& role : s.roles) NTP_TRY(start_role(s, role, clocks.monotonic_now()));
  if (started) {
    (void)!::write(started->number(), "", 1);
    started.reset();
  }
  while (!is_stop_requested() && !s.exit_code) {
    NTP_TRY(watch_roles(s, clocks));
    if (take_hangup()) offer_reading(s, {.action = control::ReloadAction::apply});
  }
  s.notifier.stopping();
  end_roles(s);
  if (!pid_file.empty()) ::unlink(pid_file.c_str());
  if (!s.outfit.control_path.empty()) ::unlink(s.outfit.control_path.c_str());
  return s.exit_code.value_or(0);
}

}  // namespace ntp
