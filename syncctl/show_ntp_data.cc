// ntpdata: what the last packet of a source said, field by field.
#include <fmt/format.h>

#include <cmath>

#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

constexpr std::string_view pattern =
    "Remote address  : {} ({})\n"
    "Remote port     : {}\n"
    "Local address   : {} ({})\n"
    "Leap status     : {}\n"
    "Version         : {}\n"
    "Mode            : {}\n"
    "Stratum         : {}\n"
    "Poll interval   : {} ({} seconds)\n"
    "Precision       : {} ({} seconds)\n"
    "Root delay      : {} seconds\n"
    "Root dispersion : {} seconds\n"
    "Reference ID    : {} ({})\n"
    "Reference time  : {}\n"
    "Offset          : {} seconds\n"
    "Peer delay      : {} seconds\n"
    "Peer dispersion : {} seconds\n"
    "Response time   : {} seconds\n"
    "Jitter asymmetry: {}\n"
    "NTP tests       : {}\n"
    "Interleaved     : {}\n"
    "Authenticated   : {}\n"
    "TX timestamping : {}\n"
    "RX timestamping : {}\n"
    "Total TX        : {}\n"
    "Total RX        : {}\n"
    "Total valid RX  : {}\n"
    "Total good RX   : {}\n";
constexpr std::string_view stamp_counts =
    "Total kernel TX : {}\n"
    "Total kernel RX : {}\n"
    "Total HW TX     : {}\n"
    "Total HW RX     : {}\n";

std::string_view mode_word(std::uint8_t mode) {
  switch (mode) {
    case 1: return "Symmetric active";
    case 2: return "Symmetric passive";
    case 4: return "Server";
  }
  return "Invalid";
}

std::string_view stamp_word(std::uint8_t letter) {
  switch (letter) {
    case 'D': return "Daemon";
    case 'K': return "Kernel";
    case 'H': return "Hardware";
  }
  return "Invalid";
}

// Ten bits in groups of 3, 3 and 4; 1 is passed.
Cell tests_cell(std::uint16_t flags) {
  const unsigned tests = flags & control::ntp_flag::tests;
  const unsigned first = tests >> 7, second = tests >> 4 & 7, third = tests & 15;
  return {"tests", fmt::format("{:03b} {:03b} {:04b}", first, second, third),
          fmt::format("{:03b},{:03b},{:04b}", first, second, third), fmt::format("{:010b}", tests)};
}

void add_header_cells(Row& row, const control::NtpData& data) {
  const std::string name = data.stratum <= 1 ? refid_text(data.ref_id) : "";
  row.insert(
      row.end(),
      {word_cell("remote_address", address_text(data.remote)),
       refid_cell("remote_id", refid_of(data.remote)), count_cell("remote_port", data.remote_port),
       word_cell("local_address", address_text(data.local)),
       refid_cell("local_id", refid_of(data.local)), leap_cell("leap", data.leap),
       count_cell("version", data.version), word_cell("mode", mode_word(data.mode)),
       count_cell("stratum", data.stratum), count_cell("poll", data.poll_log2),
       real_cell("poll_seconds", std::ldexp(1.0, data.poll_log2), 0),
       count_cell("precision", data.precision_log2),
       real_cell("precision_seconds", std::ldexp(1.0, data.precision_log2), 9),
       real_cell("root_delay", data.root_delay.count(), 6),
       real_cell("root_dispersion", data.root_dispersion.count(), 6),
       refid_cell("reference_id", data.ref_id), word_cell("reference_name", name),
       date_cell("reference_time", data.ref_time)});
}

void add_measured_cells(Row& row, const control::NtpData& data) {
  row.insert(
      row.end(),
      {real_cell("offset", data.offset.count(), 9, Sign::always),
       real_cell("peer_delay", data.peer_delay.count(), 9),
       real_cell("peer_dispersion", data.peer_dispersion.count(), 9),
       real_cell("response_time", data.response_time.count(), 9),
       real_cell("jitter_asymmetry", data.jitter_asymmetry, 2, Sign::always),
       tests_cell(data.flags),
       yes_no_cell("interleaved", (data.flags & control::ntp_flag::interleaved) != 0),
       yes_no_cell("authenticated", (data.flags & control::ntp_flag::authenticated) != 0),
       word_cell("tx_stamp", stamp_word(data.tx_stamp)),
       word_cell("rx_stamp", stamp_word(data.rx_stamp)), count_cell("total_tx", data.total_tx),
       count_cell("total_rx", data.total_rx), count_cell("total_valid_rx", data.total_valid),
       count_cell("total_good_rx", data.total_good)});
}

void add_stamp_counts(Row& row, const control::NtpData& data) {
  row.insert(
      row.end(),
      {count_cell("kernel_tx", data.kernel_tx), count_cell("kernel_rx", data.kernel_rx),
       count_cell("hardware_tx", data.hardware_tx), count_cell("hardware_rx", data.hardware_rx)});
}

Done collect(Session& session, const control::SourceAddress& address, Report& report,
             bool& has_counts) {
  const auto answer = NTP_TRY(ask(session, Command::ntp_data, control::OneAddress{address}));
  const auto dated = control::take_ntp_data(answer.type, answer.body);
  if (!dated) return std::unexpected{problem_of(Trouble::bad_reply)};
  Row row;
  add_header_cells(row, dated->data);
  add_measured_cells(row, dated->data);
  has_counts = dated->has_stamp_counts;
  if (has_counts) add_stamp_counts(row, dated->data);
  report.rows.push_back(std::move(row));
  return {};
}

Done collect_all(Session& session, Report& report, bool& has_counts) {
  const auto count = NTP_TRY(count_sources(session));
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto source =
        NTP_TRY(fetch<control::SourceData>(session, Command::source_data, control::Index{index}));
    if (source.mode == control::SourceMode::refclock || !source.address.address.is_set()) continue;
    const Done done = collect(session, source.address, report, has_counts);
    if (!done) return done;
  }
  return {};
}

}  // namespace

Done show_ntp_data(Session& session, Words words) {
  Report report{.name = "ntpdata"};
  bool has_counts = true;
  Done done;
  if (words.empty()) {
    done = collect_all(session, report, has_counts);
  } else {
    for (const std::string_view word : words) {
      const auto address = NTP_TRY(source_from(session, word));
      if (done) done = collect(session, address, report, has_counts);
    }
  }
  const std::string whole = std::string{words.empty() ? "\n" : ""} + std::string{pattern} +
                            std::string{has_counts ? stamp_counts : ""};
  report.pattern = whole;
  return show_then(session, report, std::move(done));
}

}  // namespace ntp::syncctl
