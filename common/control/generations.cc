// Octets of the older forms of the serverstats and ntpdata replies. Pure.
#include "common/control/generations.h"

#include <algorithm>
#include <array>
#include <limits>

namespace ntp::control {

namespace {

using Counter = std::uint64_t ServerStats::*;

// The order of the narrow counters in each older form.
constexpr std::array<Counter, 5> counters_v3{&ServerStats::ntp_hits, &ServerStats::command_hits,
                                             &ServerStats::ntp_drops, &ServerStats::command_drops,
                                             &ServerStats::log_drops};
constexpr std::array<Counter, 11> counters_v4{
    &ServerStats::ntp_hits,   &ServerStats::nke_hits,           &ServerStats::command_hits,
    &ServerStats::ntp_drops,  &ServerStats::nke_drops,          &ServerStats::command_drops,
    &ServerStats::log_drops,  &ServerStats::authenticated_hits, &ServerStats::interleaved_hits,
    &ServerStats::timestamps, &ServerStats::timestamp_span};
constexpr std::size_t counters_v4_0 = 8;

constexpr std::size_t room_for(std::size_t counters) { return reply_header_size + 4 * counters; }

// Narrow counters hold at their top rather than wrap.
void put_narrow(std::span<const Counter> counters, const ServerStats& stats, Writer& out) {
  constexpr std::uint64_t top = std::numeric_limits<std::uint32_t>::max();
  for (const Counter counter : counters) {
    out.put(static_cast<std::uint32_t>(std::min(stats.*counter, top)));
  }
}

std::optional<DatedServerStats> take_narrow(std::span<const Counter> counters, Octets body,
                                            StatsGeneration generation) {
  if (body.size() < 4 * counters.size()) return std::nullopt;
  DatedServerStats dated{.generation = generation};
  Cursor in{body};
  for (const Counter counter : counters) dated.stats.*counter = in.take<std::uint32_t>();
  return dated;
}

// The old ntpdata body ends before the stamp counters, in three reserved words.
constexpr std::size_t ntp_data_kept = 112;
constexpr std::size_t ntp_data_old_size = 124;

}  // namespace

std::optional<ReplyType> put_server_stats(const ServerStats& stats, std::size_t request_length,
                                          Writer& out) {
  const std::span<const Counter> v4{counters_v4};
  if (request_length >= reply_header_size + wire_size<ServerStats>) {
    encode(stats, out);
    return ReplyType::server_stats4;
  }
  if (request_length >= room_for(v4.size())) {
    put_narrow(v4, stats, out);
    return ReplyType::server_stats3;
  }
  if (request_length >= room_for(counters_v4_0)) {
    put_narrow(v4.first<counters_v4_0>(), stats, out);
    return ReplyType::server_stats2;
  }
  if (request_length >= room_for(counters_v3.size())) {
    put_narrow(counters_v3, stats, out);
    return ReplyType::server_stats1;
  }
  return std::nullopt;
}

std::optional<ReplyType> put_ntp_data(const NtpData& data, std::size_t request_length,
                                      Writer& out) {
  if (request_length >= reply_header_size + wire_size<NtpData>) {
    encode(data, out);
    return ReplyType::ntp_data2;
  }
  if (request_length < reply_header_size + ntp_data_old_size) return std::nullopt;
  std::array<std::byte, wire_size<NtpData>> whole{};
  Writer newest{whole};
  encode(data, newest);
  out.put(Octets{whole}.first<ntp_data_kept>());
  out.zero(ntp_data_old_size - ntp_data_kept);
  return ReplyType::ntp_data1;
}

std::optional<DatedServerStats> take_server_stats(ReplyType type, Octets body) {
  const std::span<const Counter> v4{counters_v4};
  if (type == ReplyType::server_stats1) return take_narrow(counters_v3, body, StatsGeneration::v3);
  if (type == ReplyType::server_stats2) {
    return take_narrow(v4.first<counters_v4_0>(), body, StatsGeneration::v4_0);
  }
  if (type == ReplyType::server_stats3) return take_narrow(v4, body, StatsGeneration::v4_2);
  if (type != ReplyType::server_stats4 || body.size() < wire_size<ServerStats>) return std::nullopt;
  Cursor in{body};
  return DatedServerStats{.stats = decode<ServerStats>(in)};
}

std::optional<DatedNtpData> take_ntp_data(ReplyType type, Octets body) {
  if (type == ReplyType::ntp_data2 && body.size() >= wire_size<NtpData>) {
    Cursor in{body};
    return DatedNtpData{.data = decode<NtpData>(in)};
  }
  if (type != ReplyType::ntp_data1 || body.size() < ntp_data_old_size) return std::nullopt;
  std::array<std::byte, wire_size<NtpData>> whole{};
  Writer padded{whole};
  padded.put(body.first<ntp_data_kept>());
  Cursor in{whole};
  return DatedNtpData{.data = decode<NtpData>(in), .has_stamp_counts = false};
}

}  // namespace ntp::control
