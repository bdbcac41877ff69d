// What follows the 48 octets: extension fields (RFC 7822) and the MAC (RFC 5905 section
// 7.3). Finds their borders; knows the meaning of no field. In versions up to 3 there are no
// extension fields: everything after the header is the MAC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/wire/header.h"

namespace ntp {

inline constexpr std::size_t least_extension = 16;       // with its own 4 octets
inline constexpr std::size_t least_last_extension = 28;  // when no MAC follows
inline constexpr std::size_t least_mac = 20;             // key id and 16 octets
inline constexpr std::size_t most_mac_v4 = 24;           // key id and 20 octets
inline constexpr std::size_t most_mac_v3 = 68;           // key id and 64 octets

enum class ExtensionType : std::uint16_t {
  unique_identifier = 0x0104,
  nts_cookie = 0x0204,
  nts_cookie_placeholder = 0x0304,
  nts_authenticator = 0x0404,
  network_correction = 0x010a,
  checksum_complement = 0x2005,
  mono_root = 0xf323,
};

struct Extension {
  std::uint16_t type = 0;
  Octets value;   // without type and length, with padding
  Octets before;  // the datagram up to this field: what an NTS authenticator covers
};

// The borders of a datagram's parts; views into the datagram.
struct Tail {
  Octets covered;     // header and extension fields: what the MAC covers
  Octets extensions;  // all fields, each already checked
  Octets mac;         // key id and digest; empty when there is none
  bool crypto_nak = false;

  [[nodiscard]] bool has_mac() const { return !mac.empty(); }
};

// REQUIRES: parse_header took `datagram`; `version` is its.
[[nodiscard]] Result<Tail, Malformed> split_tail(Octets datagram, std::uint8_t version);

// Walks `tail.extensions`: `offset` starts at 0 and is moved on; nullopt at the end.
[[nodiscard]] std::optional<Extension> next_extension(const Tail& tail, std::size_t& offset);

// Appends one field, padded with zeros to a multiple of 4 and to `least` octets in all.
// REQUIRES: room in `out`.
void write_extension(Writer& out, ExtensionType type, Octets value,
                     std::size_t least = least_extension);

}  // namespace ntp
