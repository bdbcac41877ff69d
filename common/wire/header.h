// The 48 octets that every NTP message starts with (RFC 5905 section 7.3), as a value.
// Syntax only: belief is common/sync/exchange.h (answers) and ntpd-net/server.h (requests).
// What follows the header is common/wire/extension.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/time/estimate.h"
#include "common/time/instants.h"

namespace ntp {

inline constexpr std::size_t header_size = 48;

// The longest datagram that is looked at: chronyd's limit, header, extension fields and MAC.
inline constexpr std::size_t most_datagram = 1140;

// A timestamp as it travels: 32.32 fixed point seconds since 1900 modulo 2^32. It has
// neither order nor arithmetic, because a nonce travels in the same field; all zero says
// "unknown". Compare for equality, or convert.
struct WireTime {
  std::uint64_t bits = 0;

  constexpr bool operator==(const WireTime&) const = default;
  [[nodiscard]] constexpr bool is_zero() const { return bits == 0; }
};

// The start of the 2^32 seconds into which received times are read: 1970 to 2106, so that
// era 1 (from 2036-02-07) needs no care elsewhere.
inline constexpr UtcTime era_pivot{};

// Nearest representable time; never zero.
[[nodiscard]] WireTime to_wire(UtcTime time);

// The time in [pivot, pivot + 2^32 s) that reads as `time`, to the nearest nanosecond.
// REQUIRES: !time.is_zero(), which is "unknown" and no time.
[[nodiscard]] UtcTime from_wire(WireTime time, UtcTime pivot = era_pivot);

// 16.16 fixed point seconds: root delay and dispersion. Encoding rounds up, because they are
// bounds, and saturates at 0 and 65536 s; from_short then to_short gives the same value.
[[nodiscard]] std::uint32_t to_short(Nanos span);
[[nodiscard]] Nanos from_short(std::uint32_t span);

// A precision octet, log2 seconds: the least power of two that is not below `precision`,
// within [-32, 0]; and back, at least 1 ns.
[[nodiscard]] std::int8_t to_precision(Nanos precision);
[[nodiscard]] Nanos from_precision(std::int8_t precision_log2);

enum class Mode : std::uint8_t {
  reserved = 0,
  active = 1,
  passive = 2,
  client = 3,
  server = 4,
  broadcast = 5,
  control = 6,
  priv = 7,
};

struct Header {
  Leap leap = Leap::none;
  std::uint8_t version = 4;  // 0..7 as received
  Mode mode = Mode::client;
  std::uint8_t stratum = 0;  // 0 is a kiss or "unspecified"
  std::int8_t poll_log2 = 0;
  std::int8_t precision_log2 = 0;
  std::uint32_t root_delay = 0;       // 16.16 s, to_short
  std::uint32_t root_dispersion = 0;  // 16.16 s, to_short
  std::uint32_t refid = 0;            // common/wire/refid.h
  WireTime reference{};
  WireTime origin{};
  WireTime receive{};
  WireTime transmit{};

  constexpr bool operator==(const Header&) const = default;
};

// Why octets are no NTP message.
enum class Malformed : std::uint8_t {
  short_datagram,  // under 48 octets
  ragged_length,   // not a multiple of 4
  long_datagram,   // over most_datagram
  bad_extension,   // an extension field that lies about its length
  bad_mac_length,  // what is left is no MAC
};

// Reads the first 48 octets; what follows is not looked at, but its length must be possible.
[[nodiscard]] Result<Header, Malformed> parse_header(Octets datagram);
// The same into a place that is there already; nullopt when it was possible.
[[nodiscard]] std::optional<Malformed> read_header(Octets datagram, Header& header);

// REQUIRES: into.size() >= header_size. Writes exactly header_size octets.
void write_header(const Header& header, WritableOctets into);

}  // namespace ntp
