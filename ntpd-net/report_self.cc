// Reports on ourselves: tracking, activity, and what the server role's workers have counted.
// See report.h.
#include <algorithm>

#include "common/wire/refid.h"
#include "ntpd-net/report.h"

namespace ntp {
namespace {

Seconds to_wire_seconds(Nanos nanos) { return Seconds{to_seconds(nanos)}; }

control::Tracking report_local(Daemon& daemon, const Reading& pair) {
  control::Tracking tracking{.ref_id = control::local_refid,
                             .stratum = static_cast<std::uint16_t>(daemon.local.settings.stratum),
                             .leap = 0,
                             .ref_time = {pair.system.since_zero},
                             .root_delay = {},
                             .root_dispersion = {}};
  if (daemon.reference.combined) {
    const Estimate& line = daemon.reference.combined->line;
    tracking.ref_time = line.at(pair.raw);
    tracking.current_correction =
        to_wire_seconds(line.at(pair.raw).since_zero - pair.system.since_zero);
    tracking.frequency = -line.rate;
  }
  return tracking;
}

std::uint32_t seconds_since(RawTime last, RawTime now) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>((now - last) / 1s, 0));
}

void add_asking(control::ClientAccess& row, const ClientReport& report, RawTime now) {
  row.address = {.address = report.address};
  row.ntp_hits = report.hits;
  row.ntp_drops = report.drops;
  row.ntp_interval = report.interval_log2;
  row.ntp_limited_interval = report.limited_interval_log2;
  row.last_ntp_ago = seconds_since(report.last, now);
}

void add_commands(control::ClientAccess& row, const ClientReport& report, RawTime now) {
  row.address = {.address = report.address};
  row.command_hits = report.hits;
  row.command_drops = report.drops;
  row.command_interval = report.interval_log2;
  row.last_command_ago = seconds_since(report.last, now);
}

void add_keys(control::ClientAccess& row, const ClientReport& report, RawTime now) {
  row.address = {.address = report.address};
  row.nke_hits = report.hits;
  row.nke_drops = report.drops;
  row.nke_interval = report.interval_log2;
  row.last_nke_ago = seconds_since(report.last, now);
}

// Who came for keys, of every process that makes them; a client may have met several.
std::vector<ClientReport> key_clients(const Passage& passage, RawTime now) {
  std::vector<ClientReport> found;
  for (const auto& process : passage.key_reports) {
    const std::size_t sets = ReportMemory::sets_in(process.size());
    for (std::size_t i = 0; i < sets * 4; ++i) {
      const auto report = read_client(process->clients(), sets, i, now);
      if (!report) continue;
      const auto known = std::ranges::find(found, report->address, &ClientReport::address);
      if (known == found.end()) {
        found.push_back(*report);
        continue;
      }
      known->hits += report->hits;
      known->drops += report->drops;
      known->last = std::max(known->last, report->last);
    }
  }
  return found;
}

// Whether the client of a row came for keys, too; told once in a listing.
void add_keys_of(Daemon& daemon, control::ClientAccess& row, RawTime now) {
  const auto keys =
      std::ranges::find(daemon.key_clients, row.address.address, &ClientReport::address);
  if (keys == daemon.key_clients.end()) return;
  add_keys(row, *keys, now);
  daemon.key_clients.erase(keys);
}

std::size_t key_places(const Passage& passage) {
  std::size_t places = 0;
  for (const auto& process : passage.key_reports)
    places += ReportMemory::sets_in(process.size()) * 4;
  return places;
}

std::vector<std::span<const ClientSet>> client_tables(const Passage& passage) {
  std::vector<std::span<const ClientSet>> tables;
  for (const auto& worker : passage.reports)
    tables.emplace_back(worker->clients(), ReportMemory::sets_in(worker.size()));
  if (const auto& fast = passage.fast_clients; fast.get() != nullptr)
    tables.emplace_back(fast.get(), fast.size() / sizeof(ClientSet));
  return tables;
}

void add_drops(control::ServerDrops& sum, const CounterPage& page) {
  sum.short_datagram += page[Count::short_datagram];
  sum.ragged_length += page[Count::ragged_length];
  sum.long_datagram += page[Count::long_datagram];
  sum.bad_extension += page[Count::bad_extension];
  sum.bad_mac_length += page[Count::bad_mac_length];
  sum.unwanted_version += page[Count::unwanted_version];
  sum.unwanted_mode += page[Count::unwanted_mode];
  sum.denied += page[Count::denied];
  sum.rate_limited += page[Count::rate_limited];
  sum.unknown_key += page[Count::unknown_key];
  sum.bad_mac += page[Count::bad_mac];
  sum.no_time += page[Count::no_state];
  sum.send_failed += page[Count::send_failed];
  sum.queue_full += page[Count::queue_full];
}

}  // namespace

control::Tracking report_tracking(Daemon& daemon) {
  const Reading pair = daemon.clocks.read();
  const Reference& reference = daemon.reference;
  switch (standpoint(reference, daemon.local, daemon.settings.selection.maxdistance, pair.raw)) {
    case Standpoint::unsynchronised: return {};
    case Standpoint::local: return report_local(daemon, pair);
    case Standpoint::synchronised: break;
  }
  const Combined& combined = *reference.combined;
  const UtcTime utc = combined.line.at(pair.raw);
  control::Tracking tracking{
      .ref_id = reference.refid,
      .address = {.address = reference.address},
      .stratum = combined.stratum,
      .leap = static_cast<std::uint16_t>(daemon.leaps.indicator(utc, combined.leap)),
      .ref_time = reference.updated_utc,
      .current_correction = to_wire_seconds(utc.since_zero - pair.system.since_zero),
      .last_offset = to_wire_seconds(reference.last_offset),
      .rms_offset = to_wire_seconds(reference.rms_offset()),
      .frequency = -combined.line.rate,
      .skew = combined.skew,
      .root_delay = to_wire_seconds(combined.root_delay),
      .root_dispersion = to_wire_seconds(reference.root_dispersion_at(pair.raw)),
      .last_update_interval = to_wire_seconds(reference.interval)};
  // The line outlives its source, which may have been deleted.
  const int place = combined.reference.value;
  if (daemon.pool.has(place) || daemon.reference_clocks.at(place) != nullptr)
    tracking.residual_frequency =
        daemon.ensemble.statistics(combined.reference, pair.raw).residual_rate;
  return tracking;
}

std::optional<control::RtcReport> report_hardware_clock(const Daemon& daemon) {
  const auto& link = daemon.passage.hardware_clock;
  if (!link || !link->latest()) return std::nullopt;
  const RtcTracking& known = *link->latest();
  return control::RtcReport{.ref_time = known.reference,
                            .samples = static_cast<std::uint16_t>(std::min(known.samples, 65535u)),
                            .runs = static_cast<std::uint16_t>(std::min(known.runs, 65535u)),
                            .span = static_cast<std::uint32_t>(known.span / 1s),
                            .fast = to_wire_seconds(known.fast),
                            .gain = known.gain};
}

control::Activity report_activity(const Daemon& daemon) {
  control::Activity activity{.unresolved = daemon.pool.unresolved()};
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    const bool asks = source.request.is_armed() || source.loss.is_armed();
    const bool bursts = source.poll.in_burst() && asks;
    if (source.online) ++(bursts ? activity.burst_online : activity.online);
    else ++(bursts ? activity.burst_offline : activity.offline);
  }
  return activity;
}

control::ServerStats report_server(const Daemon& daemon) {
  ServerStatistics sum;
  for (const auto& worker : daemon.passage.reports) sum += worker->counters;
  const auto& fast = daemon.passage.fast_counters;
  for (std::size_t i = 0; i < fast.size() / sizeof(CounterPage); ++i) sum += fast.get()[i];
  ServerStatistics keys;
  for (const auto& process : daemon.passage.key_reports) keys += process->counters;
  return {.ntp_hits = sum.hits,
          .nke_hits = keys.hits,
          .command_hits = daemon.command_hits,
          .ntp_drops = sum.drops,
          .nke_drops = keys.drops,
          .command_drops = daemon.refused.denied_command + daemon.refused.limited_command,
          .log_drops = sum.lost_records,
          .authenticated_hits = sum.authenticated,
          .interleaved_hits = sum.interleaved,
          .timestamps = sum.stored_stamps,
          .timestamp_span = sum.stored_span_seconds,
          .daemon_rx = sum.daemon_receive,
          .daemon_tx = sum.daemon_transmit,
          .kernel_rx = sum.kernel_receive,
          .kernel_tx = sum.kernel_transmit,
          .hardware_rx = sum.card_receive,
          .hardware_tx = sum.card_transmit};
}

control::ServerDrops report_drops(const Daemon& daemon) {
  control::ServerDrops sum;
  for (const auto& worker : daemon.passage.reports) add_drops(sum, worker->counters);
  const auto& fast = daemon.passage.fast_counters;
  for (std::size_t i = 0; i < fast.size() / sizeof(CounterPage); ++i) add_drops(sum, fast.get()[i]);
  return sum;
}

std::optional<control::Clients> report_clients(Daemon& daemon,
                                               const control::ClientsRequest& request) {
  if (daemon.settings.server.noclientlog) return std::nullopt;
  const RawTime now = daemon.clocks.raw_now();
  const std::size_t most = std::min<std::size_t>(request.clients, control::clients_a_reply);
  control::Clients clients;
  const auto add = [&](const control::ClientAccess& row) {
    if (std::max({row.ntp_hits, row.command_hits, row.nke_hits}) >= request.min_hits)
      clients.slots[clients.clients++] = row;
  };
  std::size_t index = request.first_index, base = 0;
  if (index == 0) {
    daemon.command_clients.begin_listing();
    daemon.key_clients = key_clients(daemon.passage, now);
  }
  for (const auto& table : client_tables(daemon.passage)) {
    const std::size_t places = table.size() * 4;
    for (; index >= base && index < base + places && clients.clients < most; ++index) {
      const auto report = read_client(table.data(), table.size(), index - base, now);
      if (!report) continue;
      control::ClientAccess row;
      add_asking(row, *report, now);
      if (const auto commands = daemon.command_clients.list(report->address, now))
        add_commands(row, *commands, now);
      add_keys_of(daemon, row, now);
      add(row);
    }
    base += places;
  }
  for (; index >= base && index < base + CommandClients::places && clients.clients < most;
       ++index) {
    const auto commands = daemon.command_clients.list_at(index - base, now);
    if (!commands) continue;
    control::ClientAccess row;
    add_commands(row, *commands, now);
    add_keys_of(daemon, row, now);
    add(row);
  }
  base += CommandClients::places;
  const std::size_t last = base + key_places(daemon.passage);
  for (; index >= base && index < last && clients.clients < most; ++index) {
    if (daemon.key_clients.empty()) {  // who only came for keys was told
      index = last;
      break;
    }
    control::ClientAccess row;
    add_keys(row, daemon.key_clients.back(), now);
    daemon.key_clients.pop_back();
    add(row);
  }
  base = last;
  clients.table_size = static_cast<std::uint32_t>(base);
  clients.next_index = static_cast<std::uint32_t>(std::min(index, base));
  return clients;
}

}  // namespace ntp
