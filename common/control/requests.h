// What a client of the monitoring protocol can ask: one plain struct a body, in wire order.
// Meaning of the numbers: sync-control(7). Belief in them is the daemon's.
#pragma once

#include <variant>

#include "common/control/codec.h"

namespace ntp::control {

struct Empty {
  static constexpr std::tuple<> wire_order{};
};

// online, offline. Both unset: every source.
struct AddressRange {
  SourceAddress mask{};
  SourceAddress address{};
  static constexpr auto wire_order = std::tuple{&AddressRange::mask, &AddressRange::address};
};

struct Burst {
  SourceAddress mask{};
  SourceAddress address{};
  std::int32_t good_samples = 0;
  std::int32_t total_samples = 0;
  static constexpr auto wire_order =
      std::tuple{&Burst::mask, &Burst::address, &Burst::good_samples, &Burst::total_samples};
};

// minpoll, maxpoll (log2 s), minstratum, polltarget.
struct SourceNumber {
  SourceAddress address{};
  std::int32_t value = 0;
  static constexpr auto wire_order = std::tuple{&SourceNumber::address, &SourceNumber::value};
};

// maxdelay (s), maxdelayratio, maxdelaydevratio (numbers).
struct SourceReal {
  SourceAddress address{};
  double value = 0;
  static constexpr auto wire_order = std::tuple{&SourceReal::address, &SourceReal::value};
};

struct Dump {
  static constexpr auto wire_order = std::tuple{Reserved<4>{}};
};

// maxupdateskew, dfreq.
struct RateValue {
  Rate rate{};
  static constexpr auto wire_order = std::tuple{&RateValue::rate};
};

// doffset, reselectdist.
struct DurationValue {
  Seconds duration{};
  static constexpr auto wire_order = std::tuple{&DurationValue::duration};
};

struct MakestepPolicy {
  std::int32_t limit = 0;  // updates that may step; negative: always
  Seconds threshold{};
  static constexpr auto wire_order = std::tuple{&MakestepPolicy::limit, &MakestepPolicy::threshold};
};

struct SetTime {
  UtcTime time{};
  static constexpr auto wire_order = std::tuple{&SetTime::time};
};

struct Local2 {
  std::int32_t on = 0;
  std::int32_t stratum = 0;
  Seconds distance{};
  std::int32_t orphan = 0;
  static constexpr auto wire_order =
      std::tuple{&Local2::on, &Local2::stratum, &Local2::distance, &Local2::orphan};
};

// What parse_request yields for both generations; the older one leaves the last three zero.
struct Local3 {
  std::int32_t on = 0;
  std::int32_t stratum = 0;
  Seconds distance{};
  std::int32_t orphan = 0;
  Seconds activate{};
  Seconds wait_synced{};
  Seconds wait_unsynced{};
  static constexpr auto wire_order =
      std::tuple{&Local3::on,       &Local3::stratum,     &Local3::distance,     &Local3::orphan,
                 &Local3::activate, &Local3::wait_synced, &Local3::wait_unsynced};
};

// manual: 0 off, 1 on, 2 reset. smoothtime: 0 reset, 1 activate.
struct Option {
  std::int32_t option = 0;
  static constexpr auto wire_order = std::tuple{&Option::option};
};

// The n-th source (or manual sample), from 0.
struct Index {
  std::uint32_t index = 0;
  static constexpr auto wire_order = std::tuple{&Index::index};
};

// allow, deny and their kin. An unset address with 0 bits: both families.
struct AccessSubnet {
  SourceAddress address{};
  std::int32_t bits = 0;
  static constexpr auto wire_order = std::tuple{&AccessSubnet::address, &AccessSubnet::bits};
};

// accheck, cmdaccheck, delete, ntpdata, sourcename, authdata.
struct OneAddress {
  SourceAddress address{};
  static constexpr auto wire_order = std::tuple{&OneAddress::address};
};

enum class NewSource : std::uint32_t { server = 1, peer = 2, pool = 3 };

namespace add_flag {
inline constexpr std::uint32_t online = 0x1, auto_offline = 0x2, iburst = 0x4, prefer = 0x8,
                               noselect = 0x10, trust = 0x20, require = 0x40, interleaved = 0x80,
                               burst = 0x100, nts = 0x200, copy = 0x400, ef_mono_root = 0x800,
                               ef_net_correction = 0x1000, ipv4 = 0x2000, ipv6 = 0x4000;
}  // namespace add_flag

// Old clients leave the newest words zero: zero is "not given" in them.
struct AddSource {
  NewSource type = NewSource::server;
  Name name{};
  std::uint32_t port = 123;
  std::int32_t minpoll = 6;
  std::int32_t maxpoll = 10;
  std::int32_t presend_minpoll = 100;
  std::uint32_t min_stratum = 0;
  std::uint32_t poll_target = 8;
  std::uint32_t version = 0;
  std::uint32_t max_sources = 4;
  std::int32_t min_samples = -1;
  std::int32_t max_samples = -1;
  std::uint32_t key = 0;
  std::uint32_t nts_port = 4460;
  Seconds max_delay{3.0};
  double max_delay_ratio = 0;
  double max_delay_dev_ratio = 10;
  Seconds min_delay{0.0};
  double asymmetry = 1;
  Seconds offset{};
  std::uint32_t flags = 0;  // add_flag
  std::int32_t filter_length = 0;
  std::uint32_t cert_set = 0;
  double max_delay_quant = 0;
  std::int32_t max_unreach = 0;
  static constexpr auto wire_order = std::tuple{&AddSource::type,
                                                &AddSource::name,
                                                &AddSource::port,
                                                &AddSource::minpoll,
                                                &AddSource::maxpoll,
                                                &AddSource::presend_minpoll,
                                                &AddSource::min_stratum,
                                                &AddSource::poll_target,
                                                &AddSource::version,
                                                &AddSource::max_sources,
                                                &AddSource::min_samples,
                                                &AddSource::max_samples,
                                                &AddSource::key,
                                                &AddSource::nts_port,
                                                &AddSource::max_delay,
                                                &AddSource::max_delay_ratio,
                                                &AddSource::max_delay_dev_ratio,
                                                &AddSource::min_delay,
                                                &AddSource::asymmetry,
                                                &AddSource::offset,
                                                &AddSource::flags,
                                                &AddSource::filter_length,
                                                &AddSource::cert_set,
                                                &AddSource::max_delay_quant,
                                                &AddSource::max_unreach};
};

struct ClientsRequest {
  std::uint32_t first_index = 0;
  std::uint32_t clients = 8;  // at most 8 are honoured
  std::uint32_t min_hits = 0;
  std::uint32_t reset = 0;  // non-zero clears the counters of those reported
  static constexpr auto wire_order =
      std::tuple{&ClientsRequest::first_index, &ClientsRequest::clients, &ClientsRequest::min_hits,
                 &ClientsRequest::reset};
};

// The wire's trap: `mask` counts in select_option bits, `options` in add_flag bits.
struct SelectOptions {
  SourceAddress address{};  // unset: a reference clock, by ref_id
  std::uint32_t ref_id = 0;
  std::uint32_t mask = 0;
  std::uint32_t options = 0;
  static constexpr auto wire_order = std::tuple{&SelectOptions::address, &SelectOptions::ref_id,
                                                &SelectOptions::mask, &SelectOptions::options};
};

struct SourceOffset {
  SourceAddress address{};  // unset: a reference clock, by ref_id
  std::uint32_t ref_id = 0;
  Seconds offset{};
  static constexpr auto wire_order =
      std::tuple{&SourceOffset::address, &SourceOffset::ref_id, &SourceOffset::offset};
};

// Ours: read the whole configuration again. The answer's text is read on page by page.
enum class ReloadAction : std::uint32_t { look = 0, apply = 1, read_on = 2 };

namespace reload_program {
inline constexpr std::uint32_t clockd = 1, rtcd = 2, refclockd = 4;
}  // namespace reload_program

struct ReloadRequest {
  ReloadAction action = ReloadAction::look;
  std::uint32_t digest = 0;    // apply: what was looked at; 0 = whatever is there
  std::uint32_t programs = 0;  // apply: these have their changed lines already
  std::uint32_t offset = 0;    // read_on: of the page in the text
  static constexpr auto wire_order = std::tuple{&ReloadRequest::action, &ReloadRequest::digest,
                                                &ReloadRequest::programs, &ReloadRequest::offset};
};

using RequestBody = std::variant<Empty, AddressRange, Burst, SourceNumber, SourceReal, Dump,
                                 RateValue, DurationValue, MakestepPolicy, SetTime, Local2, Local3,
                                 Option, Index, AccessSubnet, OneAddress, AddSource, ClientsRequest,
                                 SelectOptions, SourceOffset, ReloadRequest>;

}  // namespace ntp::control
