// What the daemon does for others, and how many sources it has: serverstats, clients, activity.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"
#include "syncctl/drops.h"
#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;
using control::ServerDrops;
using control::ServerStats;

struct Counter {
  const char* label;
  const char* key;
  std::uint64_t ServerStats::*member;
  control::StatsGeneration since;
};
using enum control::StatsGeneration;
constexpr std::array counters{
    Counter{"NTP packets received", "ntp_received", &ServerStats::ntp_hits, v3},
    Counter{"NTP packets dropped", "ntp_dropped", &ServerStats::ntp_drops, v3},
    Counter{"Command packets received", "command_received", &ServerStats::command_hits, v3},
    Counter{"Command packets dropped", "command_dropped", &ServerStats::command_drops, v3},
    Counter{"Client log records dropped", "log_dropped", &ServerStats::log_drops, v3},
    Counter{"NTS-KE connections accepted", "nts_ke_accepted", &ServerStats::nke_hits, v4_0},
    Counter{"NTS-KE connections dropped", "nts_ke_dropped", &ServerStats::nke_drops, v4_0},
    Counter{"Authenticated NTP packets", "authenticated", &ServerStats::authenticated_hits, v4_0},
    Counter{"Interleaved NTP packets", "interleaved", &ServerStats::interleaved_hits, v4_2},
    Counter{"NTP timestamps held", "timestamps_held", &ServerStats::timestamps, v4_2},
    Counter{"NTP timestamp span", "timestamp_span", &ServerStats::timestamp_span, v4_2},
    Counter{"NTP daemon RX timestamps", "daemon_rx", &ServerStats::daemon_rx, v4_4},
    Counter{"NTP daemon TX timestamps", "daemon_tx", &ServerStats::daemon_tx, v4_4},
    Counter{"NTP kernel RX timestamps", "kernel_rx", &ServerStats::kernel_rx, v4_4},
    Counter{"NTP kernel TX timestamps", "kernel_tx", &ServerStats::kernel_tx, v4_4},
    Counter{"NTP hardware RX timestamps", "hardware_rx", &ServerStats::hardware_rx, v4_4},
    Counter{"NTP hardware TX timestamps", "hardware_tx", &ServerStats::hardware_tx, v4_4},
};

struct ClientsOptions {
  bool key_exchange = false;   // -k: NTS-KE in the place of commands
  bool reset = false;          // -r
  std::uint32_t min_hits = 0;  // -p
};

Fetched<ClientsOptions> clients_options(Words words) {
  ClientsOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-k") options.key_exchange = true;
    if (words[i] == "-r") options.reset = true;
    if (words[i] != "-p") continue;
    const auto hits = i + 1 < words.size() ? parse_integer<std::uint32_t>(words[i + 1])
                                           : std::optional<std::uint32_t>{};
    if (!hits) return complaint("Invalid syntax for clients command");
    options.min_hits = *hits;
    ++i;
  }
  return options;
}

Row client_row(const Session& session, const control::ClientAccess& client, bool key_exchange) {
  const std::string name = host_name(session, client.address, 25);
  return {word_cell("name", name, 25),
          count_cell("ntp_hits", client.ntp_hits, 6),
          count_cell("ntp_drops", client.ntp_drops, 5),
          interval_cell("ntp_interval", client.ntp_interval),
          interval_cell("ntp_limited_interval", client.ntp_limited_interval),
          age_cell("last_ntp", client.last_ntp_ago),
          key_exchange ? count_cell("nts_ke_hits", client.nke_hits, 6)
                       : count_cell("command_hits", client.command_hits, 6),
          key_exchange ? count_cell("nts_ke_drops", client.nke_drops, 5)
                       : count_cell("command_drops", client.command_drops, 5),
          key_exchange ? interval_cell("nts_ke_interval", client.nke_interval)
                       : interval_cell("command_interval", client.command_interval),
          age_cell(key_exchange ? "last_nts_ke" : "last_command",
                   key_exchange ? client.last_nke_ago : client.last_command_ago)};
}

Done collect(Session& session, const ClientsOptions& options, std::vector<Row>& rows) {
  for (std::uint32_t next = 0;;) {
    const control::ClientsRequest request{.first_index = next,
                                          .clients = control::clients_a_reply,
                                          .min_hits = options.min_hits,
                                          .reset = options.reset ? 1U : 0U};
    const auto part = NTP_TRY(fetch<control::Clients>(session, Command::clients, request));
    const std::size_t filled = std::min<std::size_t>(part.clients, part.slots.size());
    for (std::size_t i = 0; i < filled; ++i) {
      if (!part.slots[i].address.is_set()) continue;
      rows.push_back(client_row(session, part.slots[i], options.key_exchange));
    }
    // An index that does not grow would go on for ever.
    if (part.next_index >= part.table_size || part.next_index <= next) return {};
    next = part.next_index;
  }
}

// `serverstats -v`: a report of its own, so that the one that others read stays chronyc's.
Done show_drops(Session& session) {
  const auto drops = NTP_TRY(fetch<ServerDrops>(session, Command::server_drops));
  Row row;
  std::string pattern;
  for (const DropReason& reason : drop_reasons) {
    pattern += fmt::format("Dropped, {:<18}: {{}}\n", reason.label);
    const std::uint64_t count = drops.*reason.member;
    row.push_back({reason.key, std::to_string(count), std::to_string(count), count});
  }
  show(session, {.name = "drops", .pattern = pattern, .rows = {std::move(row)}, .is_table = false});
  return {};
}

}  // namespace

Done show_server_stats(Session& session, Words words) {
  const auto answer = NTP_TRY(ask(session, Command::server_stats));
  const auto dated = control::take_server_stats(answer.type, answer.body);
  if (!dated) return std::unexpected{problem_of(Trouble::bad_reply)};
  Row row;
  std::string pattern;
  for (const Counter& counter : counters) {
    if (counter.since > dated->generation) continue;
    pattern += fmt::format("{:<27}: {{}}\n", counter.label);
    const std::uint64_t count = dated->stats.*counter.member;
    row.push_back({counter.key, std::to_string(count), std::to_string(count), count});
  }
  show(session,
       {.name = "serverstats", .pattern = pattern, .rows = {std::move(row)}, .is_table = false});
  return has_word(words, "-v") ? show_drops(session) : Done{};
}

Done show_clients(Session& session, Words words) {
  const ClientsOptions options = NTP_TRY(clients_options(words));
  Report report{.name = "clients",
                .title = options.key_exchange ? "Hostname                      NTP   Drop Int IntL"
                                                " Last  NTS-KE   Drop Int  Last"
                                              : "Hostname                      NTP   Drop Int IntL"
                                                " Last     Cmd   Drop Int  Last",
                .pattern = "{}  {}  {}  {}  {}  {}  {}  {}  {}  {}\n"};
  Done done = collect(session, options, report.rows);
  if (!done && report.rows.empty()) return done;
  return show_then(session, report, std::move(done));
}

Done show_activity(Session& session, Words) {
  const auto now = NTP_TRY(fetch<control::Activity>(session, Command::activity));
  Report report{.name = "activity",
                .pattern =
                    "{} sources online\n"
                    "{} sources offline\n"
                    "{} sources doing burst (return to online)\n"
                    "{} sources doing burst (return to offline)\n"
                    "{} sources with unknown address\n",
                .is_table = false,
                .preface = "200 OK\n"};
  report.rows.push_back({count_cell("online", now.online), count_cell("offline", now.offline),
                         count_cell("burst_online", now.burst_online),
                         count_cell("burst_offline", now.burst_offline),
                         count_cell("unresolved", now.unresolved)});
  show(session, report);
  return {};
}

}  // namespace ntp::syncctl
