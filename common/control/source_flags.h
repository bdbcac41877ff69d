// Why a source is not asked, in the field of a source's data (command 15) that chronyd leaves at
// zero; its low octet stays zero, as clients of before may read their own meaning into it.
#pragma once

#include <cstdint>

namespace ntp::control::source_flag {

inline constexpr std::uint16_t offline = 0x100;   // whatever for
inline constexpr std::uint16_t held = 0x200;      // by the operator: `offline`, on a line or typed
inline constexpr std::uint16_t unrouted = 0x400;  // the kernel knows no way to it
inline constexpr std::uint16_t keyless = 0x800;   // its key is not in the key file
inline constexpr std::uint16_t barred = 0x1000;   // its address family is left alone
inline constexpr std::uint16_t stopped = 0x2000;  // told us not to ask; it is asked rarely

}  // namespace ntp::control::source_flag
