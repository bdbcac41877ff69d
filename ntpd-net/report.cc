// Reports on sources; tracking and the server's are report_self.cc. See report.h.
#include "ntpd-net/report.h"

#include <algorithm>

#include "common/control/source_flags.h"
#include "common/wire/refid.h"
#include "ntpd-net/mixing.h"

namespace ntp {
namespace {

using control::SourceAddress;
using control::SourceState;

Seconds to_wire_seconds(Nanos nanos) { return Seconds{to_seconds(nanos)}; }

std::uint32_t ago(RawTime then, RawTime now) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>((now - then) / 1s, 0));
}

SourceState state_of(Standing standing) {
  switch (standing) {
    case Standing::selected: return SourceState::selected;
    case Standing::combined: return SourceState::combined;
    case Standing::falseticker: return SourceState::falseticker;
    case Standing::jittery: return SourceState::jittery;
    case Standing::waiting_others:
    case Standing::not_preferred:
    case Standing::waiting_update:
    case Standing::outlier: return SourceState::not_combined;
    case Standing::noselect:
    case Standing::missing:
    case Standing::unsynchronised:
    case Standing::bad_stratum:
    case Standing::distant_root:
    case Standing::waiting_statistics:
    case Standing::stale:
    case Standing::orphan:
    case Standing::untrusted: return SourceState::unusable;
  }
  return SourceState::unusable;
}

std::uint16_t option_bits(const SelectionOptions& options) {
  namespace bit = control::select_option;
  return static_cast<std::uint16_t>(
      (options.noselect ? bit::noselect : 0) | (options.prefer ? bit::prefer : 0) |
      (options.trust ? bit::trust : 0) | (options.require ? bit::require : 0));
}

std::uint16_t flags_of(const Source& source) {
  namespace flag = control::source_flag;
  const bool is_keyless = source.settings.key != 0 && source.key == nullptr;
  const auto bit = [](bool set, std::uint16_t value) { return set ? value : std::uint16_t{0}; };
  return static_cast<std::uint16_t>(
      bit(!source.online, flag::offline) | bit(source.is_held, flag::held) |
      bit(source.is_unrouted, flag::unrouted) | bit(is_keyless, flag::keyless) |
      bit(source.is_barred && !is_keyless, flag::barred) | bit(source.told_to_stop, flag::stopped));
}

SourceAddress address_of_refid(std::uint32_t refid) { return {.address = ipv4_address(refid)}; }

// How far the system clock moved against the estimate's rate since a sample: what `sources`
// adds to the offset as measured.
Nanos moved_since(Daemon& daemon, RawTime then, Nanos measured_pair_offset) {
  const Reading pair = daemon.clocks.read();
  const Nanos offset_now = pair.system.since_zero - pair.raw.since_zero;
  const Rate rate = daemon.reference.combined ? daemon.reference.combined->line.rate : Rate{};
  return offset_now - measured_pair_offset - rate * (pair.raw - then);
}

control::SourceData report_ntp_source(Daemon& daemon, int place, RawTime now) {
  const Source& source = daemon.pool.at(place);
  control::SourceData data{
      .address = {.address = source.remote.address},
      .poll_log2 = static_cast<std::int16_t>(source.poll.poll_log2()),
      .state = state_of(daemon.ensemble.statistics(source.index, now).standing),
      .mode = source.peer ? control::SourceMode::peer : control::SourceMode::client,
      .flags = flags_of(source),
      .reachability = source.reachability};
  if (!source.last) return data;
  data.stratum = source.last->header.stratum;
  if (source.counts.good == 0) return data;
  const LastAnswer& last = *source.last;
  data.since_sample = ago(source.sampled, now);
  data.measured_offset = to_wire_seconds(last.offset);
  data.adjusted_offset =
      to_wire_seconds(last.offset + moved_since(daemon, last.received, last.pair_offset));
  data.error = to_wire_seconds((last.delay + from_short(last.header.root_delay)) / 2 +
                               last.dispersion + from_short(last.header.root_dispersion));
  return data;
}

control::SourceData report_reference_clock(Daemon& daemon, const ReferenceClock& clock,
                                           RawTime now) {
  control::SourceData data{.address = address_of_refid(clock.refid),
                           .poll_log2 = static_cast<std::int16_t>(clock.settings.poll),
                           .stratum = clock.stratum,
                           .state = state_of(daemon.ensemble.statistics(clock.index, now).standing),
                           .mode = control::SourceMode::refclock,
                           .reachability = clock.reachability};
  if (clock.samples == 0) return data;
  data.since_sample = ago(clock.sampled, now);
  data.measured_offset = to_wire_seconds(clock.offset);
  data.adjusted_offset =
      to_wire_seconds(clock.offset + moved_since(daemon, clock.sampled, clock.pair_offset));
  data.error = to_wire_seconds(clock.error);
  return data;
}

control::AuthData report_nts(const NtsClient& nts, MonotonicTime now) {
  control::AuthData data{.mode = control::AuthMode::nts,
                         .key_id = nts.establishments(),
                         .ke_attempts = static_cast<std::uint16_t>(nts.attempts()),
                         .cookies = static_cast<std::uint16_t>(nts.cookies()),
                         .cookie_length = static_cast<std::uint16_t>(nts.cookie_size()),
                         .nak = static_cast<std::uint16_t>(nts.naks())};
  if (nts.has_keys()) {
    data.key_type = aead_aes_siv_cmac_256;
    data.key_bits = 8 * siv_key_size;
  }
  if (nts.established())
    data.last_ke_ago = static_cast<std::uint32_t>((now - *nts.established()) / 1s);
  return data;
}

const Source* source_at(const Daemon& daemon, const SourceAddress& address) {
  const auto order = daemon.pool.order();
  const auto found = std::ranges::find_if(
      order, [&](int place) { return daemon.pool.at(place).remote.address == address.address; });
  return found == order.end() || !address.address.is_set() ? nullptr : &daemon.pool.at(*found);
}

// Its answers give no sample then, so that the ensemble knows nothing of it.
bool says_unsynchronised(const Source& source) {
  if (!source.last) return false;
  const Header& said = source.last->header;
  return said.leap == Leap::unsynchronised || said.stratum == 0 || said.stratum >= 16;
}

void report_options(const Daemon& daemon, control::SelectData& data,
                    const SourceSettings& settings) {
  data.authentication = asks_authenticated(settings) ? 1 : 0;
  data.configured_options = option_bits(settings.selection);
  data.effective_options = option_bits(mixture_of(daemon).of(settings));
}

std::optional<Row> row_at(const Daemon& daemon, std::uint32_t row) {
  const auto rows = report_rows(daemon);
  return row < rows.size() ? std::optional{rows[row]} : std::nullopt;
}

}  // namespace

std::vector<Row> report_rows(const Daemon& daemon) {
  std::vector<Row> rows;
  for (const ReferenceClock& clock : daemon.reference_clocks.all())
    rows.push_back({.place = clock.index.value});
  for (const int place : daemon.pool.order()) rows.push_back({.place = place});
  for (const Entry& entry : daemon.pool.entries())
    for (const std::uint32_t id : entry.owed) rows.push_back({.id = id});
  return rows;
}

std::optional<control::SourceData> report_source(Daemon& daemon, std::uint32_t index) {
  const auto row = row_at(daemon, index);
  if (!row) return std::nullopt;
  const RawTime now = daemon.clocks.raw_now();
  if (const ReferenceClock* clock = daemon.reference_clocks.at(row->place))
    return report_reference_clock(daemon, *clock, now);
  if (row->place >= 0) return report_ntp_source(daemon, row->place, now);
  return control::SourceData{.address = {.id = row->id}, .poll_log2 = 6};
}

std::optional<control::SourceStats> report_statistics(Daemon& daemon, std::uint32_t index) {
  const auto row = row_at(daemon, index);
  if (!row) return std::nullopt;
  control::SourceStats stats;
  if (row->place < 0) {
    stats.address = {.id = row->id};
    return stats;
  }
  if (const ReferenceClock* clock = daemon.reference_clocks.at(row->place)) {
    stats.ref_id = clock->refid;
  } else {
    const Address& address = daemon.pool.at(row->place).remote.address;
    stats.address = {.address = address};
    const auto octets = std::as_bytes(std::span{address.octets});
    stats.ref_id = refid_of_address(address.family == Family::ipv4 ? octets.first(4) : octets);
  }
  const SourceStatistics known =
      daemon.ensemble.statistics(SourceIndex{row->place}, daemon.clocks.raw_now());
  if (known.samples == 0) return stats;
  stats.samples = static_cast<std::uint32_t>(known.samples);
  stats.runs = static_cast<std::uint32_t>(known.runs);
  stats.span = static_cast<std::uint32_t>(known.span / 1s);
  stats.deviation = to_wire_seconds(known.deviation);
  stats.residual_frequency = known.residual_rate;
  stats.skew = known.skew;
  stats.offset = to_wire_seconds(known.offset);
  stats.offset_error = to_wire_seconds(known.offset_deviation);
  return stats;
}

std::optional<control::SelectData> report_selection(Daemon& daemon, std::uint32_t index) {
  const auto row = row_at(daemon, index);
  if (!row) return std::nullopt;
  control::SelectData data;
  if (row->place < 0) {
    data.address = {.id = row->id};
    report_options(daemon, data, daemon.pool.owner_of(row->id)->settings);
    return data;
  }
  const RawTime now = daemon.clocks.raw_now();
  const SourceStatistics known = daemon.ensemble.statistics(SourceIndex{row->place}, now);
  data.state = static_cast<std::uint8_t>(known.standing);
  data.score = known.score;
  data.low_limit = to_wire_seconds(known.low);
  data.high_limit = to_wire_seconds(known.high);
  if (const ReferenceClock* clock = daemon.reference_clocks.at(row->place)) {
    data.ref_id = clock->refid;
    if (clock->samples > 0) data.leap = static_cast<std::uint8_t>(clock->leap);
    data.configured_options = option_bits(clock->settings.selection);
    data.effective_options = option_bits(clock->effective);
    if (clock->samples > 0) data.last_sample_ago = ago(clock->sampled, now);
    return data;
  }
  const Source& source = daemon.pool.at(row->place);
  if (known.standing == Standing::missing && says_unsynchronised(source))
    data.state = static_cast<std::uint8_t>(Standing::unsynchronised);
  data.address = {.address = source.remote.address};
  report_options(daemon, data, source.settings);
  if (source.last) data.leap = static_cast<std::uint8_t>(source.last->header.leap);
  if (source.counts.good > 0) data.last_sample_ago = ago(source.sampled, now);
  return data;
}

std::optional<control::NtpData> report_ntp_data(Daemon& daemon, const SourceAddress& address) {
  const Source* source = source_at(daemon, address);
  if (source == nullptr) return std::nullopt;
  control::NtpData data{.remote = {.address = source->remote.address},
                        .remote_port = source->remote.port,
                        .total_tx = source->counts.sent,
                        .total_rx = source->counts.received,
                        .total_valid = source->counts.valid,
                        .total_good = source->counts.good,
                        .kernel_tx = source->counts.kernel_sent,
                        .kernel_rx = source->counts.kernel_received,
                        .hardware_tx = source->counts.card_sent,
                        .hardware_rx = source->counts.card_received};
  data.leap = 0;  // as chronyd has it before an answer
  if (!source->last) return data;
  const LastAnswer& last = *source->last;
  const Header& header = last.header;
  data.local = {.address = last.local};
  data.leap = static_cast<std::uint8_t>(header.leap);
  data.version = header.version;
  data.mode = static_cast<std::uint8_t>(header.mode);
  data.stratum = header.stratum;
  data.poll_log2 = header.poll_log2;
  data.precision_log2 = header.precision_log2;
  data.root_delay = to_wire_seconds(from_short(header.root_delay));
  data.root_dispersion = to_wire_seconds(from_short(header.root_dispersion));
  data.ref_id = header.refid;
  if (!header.reference.is_zero()) data.ref_time = from_wire(header.reference);
  data.offset = to_wire_seconds(-last.offset);
  data.peer_delay = to_wire_seconds(last.delay);
  data.peer_dispersion = to_wire_seconds(last.dispersion);
  data.response_time = to_wire_seconds(last.hold);
  data.flags = static_cast<std::uint16_t>(
      last.passed | (last.is_interleaved ? control::ntp_flag::interleaved : 0) |
      (source->is_authenticated() ? control::ntp_flag::authenticated : 0));
  data.tx_stamp = static_cast<std::uint8_t>(last.sent_by);
  data.rx_stamp = static_cast<std::uint8_t>(last.received_by);
  return data;
}

std::optional<control::AuthData> report_authentication(Daemon& daemon,
                                                       const SourceAddress& address) {
  control::AuthData data;
  if (address.id && daemon.pool.owner_of(*address.id) != nullptr) return data;
  const Source* source = source_at(daemon, address);
  if (source == nullptr) return std::nullopt;
  if (source->nts) return report_nts(*source->nts, daemon.clocks.monotonic_now());
  if (source->settings.key == 0) return data;
  data.mode = control::AuthMode::symmetric;
  data.key_id = source->settings.key;
  if (source->key == nullptr) return data;  // it is missing
  data.key_type = static_cast<std::uint16_t>(source->key->type);
  data.key_bits = static_cast<std::uint16_t>(source->key->bits());
  return data;
}

std::optional<control::SourceName> report_name(Daemon& daemon, const SourceAddress& address) {
  if (address.id) {
    const Entry* owner = daemon.pool.owner_of(*address.id);
    if (owner == nullptr) return std::nullopt;
    return control::SourceName{control::name_of(owner->settings.name)};
  }
  const Source* source = source_at(daemon, address);
  if (source == nullptr) return std::nullopt;
  return control::SourceName{control::name_of(name_of_source(daemon, source->index.value))};
}

}  // namespace ntp
