// The older forms of two replies. The command kept its number while its reply grew, so the
// length of the request says which generation of client asks: it gets the newest form that
// fits into its request. Reading takes every form.
#pragma once

#include <optional>

#include "common/control/commands.h"

namespace ntp::control {

// Writes the newest form whose whole reply fits in `request_length`; the type that it wrote,
// or nullopt (nothing written) when not even the oldest fits.
// REQUIRES: room for longest_reply octets.
[[nodiscard]] std::optional<ReplyType> put_server_stats(const ServerStats& stats,
                                                        std::size_t request_length, Writer& out);
[[nodiscard]] std::optional<ReplyType> put_ntp_data(const NtpData& data, std::size_t request_length,
                                                    Writer& out);

// How many of the counters a form carries: the printed report has that many lines.
enum class StatsGeneration : std::uint8_t { v3 = 14, v4_0 = 22, v4_2 = 24, v4_4 = 25 };

struct DatedServerStats {
  ServerStats stats{};
  StatsGeneration generation = StatsGeneration::v4_4;
};
struct DatedNtpData {
  NtpData data{};
  bool has_stamp_counts = true;  // since 4.6
};

// nullopt: another type, or too short.
[[nodiscard]] std::optional<DatedServerStats> take_server_stats(ReplyType type, Octets body);
[[nodiscard]] std::optional<DatedNtpData> take_ntp_data(ReplyType type, Octets body);

}  // namespace ntp::control
