// What the daemon answers in the monitoring protocol: one plain struct a body, in wire order.
// Signs are the protocol's own, not ours, and stand beside each field.
#pragma once

#include <variant>

#include "common/control/codec.h"
#include "common/control/requests.h"

namespace ntp::control {

inline constexpr std::uint32_t never_ago = 0xffffffff;
inline constexpr std::int8_t unknown_interval = 127;
inline constexpr std::uint32_t local_refid = 0x7f7f0101;  // 127.127.1.1

struct SourceCount {
  std::uint32_t sources = 0;
  static constexpr auto wire_order = std::tuple{&SourceCount::sources};
};

enum class SourceState : std::uint16_t {
  selected = 0,
  unusable = 1,
  falseticker = 2,
  jittery = 3,
  combined = 4,
  not_combined = 5
};
enum class SourceMode : std::uint16_t { client = 0, peer = 1, refclock = 2 };

struct SourceData {
  SourceAddress address{};  // of a refclock: IPv4 whose octets are its refid
  std::int16_t poll_log2 = 0;
  std::uint16_t stratum = 0;
  SourceState state = SourceState::unusable;
  SourceMode mode = SourceMode::client;
  std::uint16_t flags = 0;
  std::uint16_t reachability = 0;          // 8 bits
  std::uint32_t since_sample = never_ago;  // s
  Seconds measured_offset{};               // our clock minus source: positive is fast
  Seconds adjusted_offset{};               // the same, corrected for what was slewed since
  Seconds error{};                         // root distance
  static constexpr auto wire_order = std::tuple{
      &SourceData::address,         &SourceData::poll_log2,    &SourceData::stratum,
      &SourceData::state,           &SourceData::mode,         &SourceData::flags,
      &SourceData::reachability,    &SourceData::since_sample, &SourceData::measured_offset,
      &SourceData::adjusted_offset, &SourceData::error};
};

struct Tracking {
  std::uint32_t ref_id = 0;  // 0: not synchronised
  SourceAddress address{};
  std::uint16_t stratum = 0;
  std::uint16_t leap = 3;  // RFC 5905 leap indicator
  UtcTime ref_time{};
  Seconds current_correction{};  // positive: the system clock is slow of NTP time
  Seconds last_offset{};
  Seconds rms_offset{};
  Rate frequency{};  // positive: the clock would run fast by this
  Rate residual_frequency{};
  Rate skew{};
  Seconds root_delay{1.0};
  Seconds root_dispersion{1.0};
  Seconds last_update_interval{};
  static constexpr auto wire_order = std::tuple{&Tracking::ref_id,
                                                &Tracking::address,
                                                &Tracking::stratum,
                                                &Tracking::leap,
                                                &Tracking::ref_time,
                                                &Tracking::current_correction,
                                                &Tracking::last_offset,
                                                &Tracking::rms_offset,
                                                &Tracking::frequency,
                                                &Tracking::residual_frequency,
                                                &Tracking::skew,
                                                &Tracking::root_delay,
                                                &Tracking::root_dispersion,
                                                &Tracking::last_update_interval};
};

struct SourceStats {
  std::uint32_t ref_id = 0;
  SourceAddress address{};  // unset for a reference clock
  std::uint32_t samples = 0;
  std::uint32_t runs = 0;
  std::uint32_t span = 0;  // s
  Seconds deviation{4.0};
  Rate residual_frequency{};
  Rate skew = ppm(2000);
  Seconds offset{};  // positive: our clock is fast
  Seconds offset_error{};
  static constexpr auto wire_order = std::tuple{&SourceStats::ref_id,
                                                &SourceStats::address,
                                                &SourceStats::samples,
                                                &SourceStats::runs,
                                                &SourceStats::span,
                                                &SourceStats::deviation,
                                                &SourceStats::residual_frequency,
                                                &SourceStats::skew,
                                                &SourceStats::offset,
                                                &SourceStats::offset_error};
};

struct RtcReport {
  UtcTime ref_time{};
  std::uint16_t samples = 0;
  std::uint16_t runs = 0;
  std::uint32_t span = 0;  // s
  Seconds fast{};
  Rate gain{};
  static constexpr auto wire_order =
      std::tuple{&RtcReport::ref_time, &RtcReport::samples, &RtcReport::runs,
                 &RtcReport::span,     &RtcReport::fast,    &RtcReport::gain};
};

// What settime answers.
struct ManualTimestamp {
  Seconds offset{};  // how fast the clock was
  Rate frequency_change{};
  Rate frequency{};
  static constexpr auto wire_order = std::tuple{
      &ManualTimestamp::offset, &ManualTimestamp::frequency_change, &ManualTimestamp::frequency};
};

struct ClientAccess {
  SourceAddress address{};
  std::uint32_t ntp_hits = 0, nke_hits = 0, command_hits = 0;
  std::uint32_t ntp_drops = 0, nke_drops = 0, command_drops = 0;
  std::int8_t ntp_interval = unknown_interval;  // log2 s, as the next three
  std::int8_t nke_interval = unknown_interval;
  std::int8_t command_interval = unknown_interval;
  std::int8_t ntp_limited_interval = unknown_interval;
  std::uint32_t last_ntp_ago = never_ago, last_nke_ago = never_ago, last_command_ago = never_ago;
  static constexpr auto wire_order = std::tuple{&ClientAccess::address,
                                                &ClientAccess::ntp_hits,
                                                &ClientAccess::nke_hits,
                                                &ClientAccess::command_hits,
                                                &ClientAccess::ntp_drops,
                                                &ClientAccess::nke_drops,
                                                &ClientAccess::command_drops,
                                                &ClientAccess::ntp_interval,
                                                &ClientAccess::nke_interval,
                                                &ClientAccess::command_interval,
                                                &ClientAccess::ntp_limited_interval,
                                                &ClientAccess::last_ntp_ago,
                                                &ClientAccess::last_nke_ago,
                                                &ClientAccess::last_command_ago};
};

inline constexpr std::size_t clients_a_reply = 8;
struct Clients {
  std::uint32_t table_size = 0;  // indices that exist
  std::uint32_t next_index = 0;  // where to go on; done when >= table_size
  std::uint32_t clients = 0;     // slots filled
  std::array<ClientAccess, clients_a_reply> slots{};
  static constexpr auto wire_order =
      std::tuple{&Clients::table_size, &Clients::next_index, &Clients::clients, &Clients::slots};
};

// The newest form; `common/control/generations.h` has the older ones that other versions speak.
struct ServerStats {
  std::uint64_t ntp_hits = 0, nke_hits = 0, command_hits = 0;
  std::uint64_t ntp_drops = 0, nke_drops = 0, command_drops = 0;
  std::uint64_t log_drops = 0;
  std::uint64_t authenticated_hits = 0, interleaved_hits = 0;
  std::uint64_t timestamps = 0, timestamp_span = 0;  // held; s
  std::uint64_t daemon_rx = 0, daemon_tx = 0, kernel_rx = 0, kernel_tx = 0, hardware_rx = 0,
                hardware_tx = 0;
  static constexpr auto wire_order = std::tuple{
      &ServerStats::ntp_hits,    &ServerStats::nke_hits,           &ServerStats::command_hits,
      &ServerStats::ntp_drops,   &ServerStats::nke_drops,          &ServerStats::command_drops,
      &ServerStats::log_drops,   &ServerStats::authenticated_hits, &ServerStats::interleaved_hits,
      &ServerStats::timestamps,  &ServerStats::timestamp_span,     &ServerStats::daemon_rx,
      &ServerStats::daemon_tx,   &ServerStats::kernel_rx,          &ServerStats::kernel_tx,
      &ServerStats::hardware_rx, &ServerStats::hardware_tx,        Reserved<32>{}};
};

struct ManualSample {
  UtcTime when{};
  Seconds slewed_offset{}, original_offset{}, residual{};
  static constexpr auto wire_order =
      std::tuple{&ManualSample::when, &ManualSample::slewed_offset, &ManualSample::original_offset,
                 &ManualSample::residual};
};

inline constexpr std::size_t manual_samples_a_reply = 16;
struct ManualList {
  std::uint32_t samples = 0;
  std::array<ManualSample, manual_samples_a_reply> slots{};
  static constexpr auto wire_order = std::tuple{&ManualList::samples, &ManualList::slots};
};

// NTP sources only; reference clocks do not count.
struct Activity {
  std::int32_t online = 0, offline = 0, burst_online = 0, burst_offline = 0, unresolved = 0;
  static constexpr auto wire_order =
      std::tuple{&Activity::online, &Activity::offline, &Activity::burst_online,
                 &Activity::burst_offline, &Activity::unresolved};
};

struct Smoothing {
  std::uint32_t flags = 0;  // 1 active, 2 leap seconds only
  Seconds offset{};
  Rate frequency{};
  Rate wander{};  // a second
  Seconds last_update_ago{};
  Seconds remaining{};
  static constexpr auto wire_order =
      std::tuple{&Smoothing::flags,  &Smoothing::offset,          &Smoothing::frequency,
                 &Smoothing::wander, &Smoothing::last_update_ago, &Smoothing::remaining};
};

namespace ntp_flag {
// The tests, from bit 9 down: 1 2 3, 5 6 7, A B C D.
inline constexpr std::uint16_t tests = 0x3ff, interleaved = 0x4000, authenticated = 0x8000;
}  // namespace ntp_flag

// The newest form; see generations.h.
struct NtpData {
  SourceAddress remote{};
  SourceAddress local{};
  std::uint16_t remote_port = 0;
  std::uint8_t leap = 3;
  std::uint8_t version = 0;
  std::uint8_t mode = 0;  // of the last packet: 4, 1 or 2
  std::uint8_t stratum = 0;
  std::int8_t poll_log2 = 0;
  std::int8_t precision_log2 = 0;
  Seconds root_delay{};
  Seconds root_dispersion{};
  std::uint32_t ref_id = 0;
  UtcTime ref_time{};
  Seconds offset{};  // positive: our clock is slow (the opposite of sources)
  Seconds peer_delay{};
  Seconds peer_dispersion{};
  Seconds response_time{};      // how long the server held the request
  double jitter_asymmetry = 0;  // -0.5 to 0.5
  std::uint16_t flags = 0;      // ntp_flag
  std::uint8_t tx_stamp = 0;    // 'D' daemon, 'K' kernel, 'H' hardware, 0 none yet
  std::uint8_t rx_stamp = 0;
  std::uint32_t total_tx = 0, total_rx = 0, total_valid = 0, total_good = 0;
  std::uint32_t kernel_tx = 0, kernel_rx = 0, hardware_tx = 0, hardware_rx = 0;
  static constexpr auto wire_order =
      std::tuple{&NtpData::remote,          &NtpData::local,
                 &NtpData::remote_port,     &NtpData::leap,
                 &NtpData::version,         &NtpData::mode,
                 &NtpData::stratum,         &NtpData::poll_log2,
                 &NtpData::precision_log2,  &NtpData::root_delay,
                 &NtpData::root_dispersion, &NtpData::ref_id,
                 &NtpData::ref_time,        &NtpData::offset,
                 &NtpData::peer_delay,      &NtpData::peer_dispersion,
                 &NtpData::response_time,   &NtpData::jitter_asymmetry,
                 &NtpData::flags,           &NtpData::tx_stamp,
                 &NtpData::rx_stamp,        &NtpData::total_tx,
                 &NtpData::total_rx,        &NtpData::total_valid,
                 &NtpData::total_good,      &NtpData::kernel_tx,
                 &NtpData::kernel_rx,       &NtpData::hardware_tx,
                 &NtpData::hardware_rx,     Reserved<16>{}};
};

struct SourceName {
  Name name{};  // as configured
  static constexpr auto wire_order = std::tuple{&SourceName::name};
};

enum class AuthMode : std::uint16_t { none = 0, symmetric = 1, nts = 2 };

struct AuthData {
  AuthMode mode = AuthMode::none;
  std::uint16_t key_type = 0;  // the algorithm's number
  std::uint32_t key_id = 0;    // with NTS: key establishments so far
  std::uint16_t key_bits = 0;
  std::uint16_t ke_attempts = 0;
  std::uint32_t last_ke_ago = never_ago;  // s
  std::uint16_t cookies = 0;
  std::uint16_t cookie_length = 0;
  std::uint16_t nak = 0;
  static constexpr auto wire_order = std::tuple{
      &AuthData::mode,        &AuthData::key_type,    &AuthData::key_id,  &AuthData::key_bits,
      &AuthData::ke_attempts, &AuthData::last_ke_ago, &AuthData::cookies, &AuthData::cookie_length,
      &AuthData::nak,         Reserved<2>{}};
};

namespace select_option {
inline constexpr std::uint16_t noselect = 1, prefer = 2, trust = 4, require = 8;
}  // namespace select_option

struct SelectData {
  std::uint32_t ref_id = 0;
  SourceAddress address{};   // unset for a reference clock
  std::uint8_t state = 'M';  // a letter; see sync-control(7)
  std::uint8_t authentication = 0;
  std::uint8_t leap = 3;
  std::uint16_t configured_options = 0;  // select_option
  std::uint16_t effective_options = 0;
  std::uint32_t last_sample_ago = never_ago;
  double score = 1;
  Seconds low_limit{};
  Seconds high_limit{};
  static constexpr auto wire_order = std::tuple{&SelectData::ref_id,
                                                &SelectData::address,
                                                &SelectData::state,
                                                &SelectData::authentication,
                                                &SelectData::leap,
                                                Reserved<1>{},
                                                &SelectData::configured_options,
                                                &SelectData::effective_options,
                                                &SelectData::last_sample_ago,
                                                &SelectData::score,
                                                &SelectData::low_limit,
                                                &SelectData::high_limit};
};

// Ours: what came of `reload`.
enum class ReloadVerdict : std::uint32_t {
  same = 0,     // nothing changed
  ready = 1,    // looked at: it can be applied
  applied = 2,  // it is in force
  wrong = 3,    // a file is in error
  restart = 4,  // a changed line counts only when ntpd-net starts
  others = 5,   // a changed line is another program's, and the request does not cover it
  moved = 6,    // the files are no longer those that were looked at
};

struct ReloadReport {
  ReloadVerdict verdict = ReloadVerdict::same;
  std::uint32_t digest = 0;
  std::uint32_t programs = 0;  // whose lines changed, apart from ntpd-net's: reload_program
  std::uint32_t total = 0;     // octets of the text
  Name page{};                 // of the text, from the offset asked for
  static constexpr auto wire_order =
      std::tuple{&ReloadReport::verdict, &ReloadReport::digest, &ReloadReport::programs,
                 &ReloadReport::total, &ReloadReport::page};
};

// Ours: NTP requests without an answer, by reason; what one was dropped for is what it met first.
struct ServerDrops {
  std::uint64_t short_datagram = 0, ragged_length = 0, long_datagram = 0;
  std::uint64_t bad_extension = 0, bad_mac_length = 0;
  std::uint64_t unwanted_version = 0, unwanted_mode = 0, denied = 0;
  std::uint64_t rate_limited = 0, unknown_key = 0, bad_mac = 0;
  std::uint64_t no_time = 0, send_failed = 0, queue_full = 0;
  static constexpr auto wire_order = std::tuple{
      &ServerDrops::short_datagram, &ServerDrops::ragged_length,  &ServerDrops::long_datagram,
      &ServerDrops::bad_extension,  &ServerDrops::bad_mac_length, &ServerDrops::unwanted_version,
      &ServerDrops::unwanted_mode,  &ServerDrops::denied,         &ServerDrops::rate_limited,
      &ServerDrops::unknown_key,    &ServerDrops::bad_mac,        &ServerDrops::no_time,
      &ServerDrops::send_failed,    &ServerDrops::queue_full,     Reserved<16>{}};
};

// Ours: what the client role did not believe since it started: answers of servers (the reasons are
// common/sync/exchange.h's Rejection and before it a datagram that is no answer, after it an
// implausible delay), control requests, the drift file.
struct Refusals {
  std::uint64_t malformed = 0, wrong_mode = 0, unasked = 0, duplicate = 0, bogus = 0;
  std::uint64_t missing_time = 0, unauthentic = 0, told_to_slow = 0, told_to_stop = 0;
  std::uint64_t other_kiss = 0, unsynchronised = 0, distant_root = 0, impossible_time = 0;
  std::uint64_t implausible = 0;
  std::uint64_t denied_command = 0, limited_command = 0, malformed_command = 0;
  std::uint64_t old_command = 0, unknown_command = 0, short_command = 0, closed_command = 0;
  std::uint64_t drift_file = 0;
  static constexpr auto wire_order = std::tuple{&Refusals::malformed,
                                                &Refusals::wrong_mode,
                                                &Refusals::unasked,
                                                &Refusals::duplicate,
                                                &Refusals::bogus,
                                                &Refusals::missing_time,
                                                &Refusals::unauthentic,
                                                &Refusals::told_to_slow,
                                                &Refusals::told_to_stop,
                                                &Refusals::other_kiss,
                                                &Refusals::unsynchronised,
                                                &Refusals::distant_root,
                                                &Refusals::impossible_time,
                                                &Refusals::implausible,
                                                &Refusals::denied_command,
                                                &Refusals::limited_command,
                                                &Refusals::malformed_command,
                                                &Refusals::old_command,
                                                &Refusals::unknown_command,
                                                &Refusals::short_command,
                                                &Refusals::closed_command,
                                                &Refusals::drift_file,
                                                Reserved<16>{}};
};

}  // namespace ntp::control
