// MD5 here is a name for an IPv6 address, nothing else (RFC 5905 section 7.3).
#include "common/wire/refid.h"

#include <nettle/md5.h>

#include <array>

namespace ntp {

Kiss kiss_of(std::uint8_t stratum, std::uint32_t refid) {
  if (stratum != 0) return Kiss::none;
  if (refid == kiss_rate) return Kiss::rate;
  if (refid == refid_of_name("DENY")) return Kiss::deny;
  if (refid == refid_of_name("RSTR")) return Kiss::restrict;
  if (refid == refid_of_name("NTSN")) return Kiss::nts_nak;
  return Kiss::other;
}

std::uint32_t refid_of_address(Octets address) {
  if (address.size() == 4) return Cursor{address}.take<std::uint32_t>();
  ENSURE(address.size() == 16);
  md5_ctx context;
  md5_init(&context);
  md5_update(&context, address.size(), reinterpret_cast<const std::uint8_t*>(address.data()));
  std::array<std::uint8_t, MD5_DIGEST_SIZE> digest{};
  md5_digest(&context, digest.size(), digest.data());
  return Cursor{std::as_bytes(std::span{digest})}.take<std::uint32_t>();
}

std::string refid_name(std::uint32_t refid) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto letter = static_cast<unsigned char>(refid >> shift);
    if (letter == 0) break;
    if (letter < 0x20 || letter > 0x7e) return {};
    name.push_back(static_cast<char>(letter));
  }
  return name;
}

}  // namespace ntp
