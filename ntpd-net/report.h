// What the monitoring protocol's reports say, made from what the client role knows. Reads state,
// changes none. Signs and units are the protocol's, as common/control/replies.h gives them.
#pragma once

#include <optional>
#include <vector>

#include "common/control/messages.h"
#include "ntpd-net/daemon.h"

namespace ntp {

// The rows of `sources`, in their order: reference clocks, servers, then addresses that names
// still owe.
struct Row {
  int place = -1;        // in the ensemble; -1: unresolved
  std::uint32_t id = 0;  // when unresolved
};
[[nodiscard]] std::vector<Row> report_rows(const Daemon& daemon);

// nullopt: no such row or source.
[[nodiscard]] std::optional<control::SourceData> report_source(Daemon& daemon, std::uint32_t row);
[[nodiscard]] std::optional<control::SourceStats> report_statistics(Daemon& daemon,
                                                                    std::uint32_t row);
[[nodiscard]] std::optional<control::SelectData> report_selection(Daemon& daemon,
                                                                  std::uint32_t row);
[[nodiscard]] std::optional<control::NtpData> report_ntp_data(
    Daemon& daemon, const control::SourceAddress& address);
[[nodiscard]] std::optional<control::AuthData> report_authentication(
    Daemon& daemon, const control::SourceAddress& address);
[[nodiscard]] std::optional<control::SourceName> report_name(Daemon& daemon,
                                                             const control::SourceAddress& address);
[[nodiscard]] control::Tracking report_tracking(Daemon& daemon);
// nullopt: rtcd does not run, or does not measure the hardware clock.
[[nodiscard]] std::optional<control::RtcReport> report_hardware_clock(const Daemon& daemon);
[[nodiscard]] control::Activity report_activity(const Daemon& daemon);
[[nodiscard]] control::ServerStats report_server(const Daemon& daemon);
[[nodiscard]] control::ServerDrops report_drops(const Daemon& daemon);
// nullopt: client logging is off.
[[nodiscard]] std::optional<control::Clients> report_clients(
    Daemon& daemon, const control::ClientsRequest& request);

}  // namespace ntp
