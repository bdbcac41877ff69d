// AEAD_AES_SIV_CMAC_256 (RFC 5297), the algorithm that every NTS peer speaks; Nettle's
// arithmetic. The tag stands before the ciphertext. Chooses no nonce and keeps no key.
#pragma once

#include <array>
#include <cstddef>

#include "common/base/octets.h"

namespace ntp {

inline constexpr std::size_t siv_key_size = 32, siv_tag_size = 16, siv_nonce_size = 16;
inline constexpr int aead_aes_siv_cmac_256 = 15;  // IANA

using SivKey = std::array<std::byte, siv_key_size>;

// REQUIRES: out.size() == plain.size() + siv_tag_size, nonce not empty.
void siv_seal(const SivKey& key, Octets associated, Octets nonce, Octets plain, WritableOctets out);

// False when anything was changed; `out` is then not to be looked at.
// REQUIRES: sealed.size() == out.size() + siv_tag_size.
[[nodiscard]] bool siv_open(const SivKey& key, Octets associated, Octets nonce, Octets sealed,
                            WritableOctets out);

}  // namespace ntp
