// Reference identifiers: who a server follows, in 32 bits (RFC 5905 section 7.3), and the
// four-letter codes of a kiss-o'-death (section 7.4). Resolves no names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/octets.h"

namespace ntp {

// Up to four ASCII characters, left-justified, zero-padded: "GPS" or "RATE".
[[nodiscard]] constexpr std::uint32_t refid_of_name(std::string_view name) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  return value;
}

inline constexpr std::uint32_t refid_unsynchronised = 0;
inline constexpr std::uint32_t refid_local = 0x7f7f0101;   // 127.127.1.1: `local stratum N`
inline constexpr std::uint32_t refid_smooth = 0x7f7f01ff;  // 127.127.1.255: smoothed time

// What a server says with stratum 0; any other code is `other` and obeyed as nothing.
enum class Kiss : std::uint8_t { none, rate, deny, restrict, nts_nak, other };

inline constexpr std::uint32_t kiss_rate = refid_of_name("RATE");

[[nodiscard]] Kiss kiss_of(std::uint8_t stratum, std::uint32_t refid);

// A server's own identifier by its address: 4 octets as they are, 16 octets by the first
// four of their MD5. REQUIRES: address.size() is 4 or 16.
[[nodiscard]] std::uint32_t refid_of_address(Octets address);

// For people: at stratum 0 and 1 the printable letters, otherwise "" (print an address or
// eight hex digits).
[[nodiscard]] std::string refid_name(std::uint32_t refid);

}  // namespace ntp
