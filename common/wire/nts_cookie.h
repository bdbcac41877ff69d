// The cookies that our server gives out: the two keys of an association, sealed with a key of the
// server's own, so that the server keeps nothing of its clients (RFC 8915 section 6). Cookie keys
// rotate: one future, one current, two past. Draws its random bits from the caller.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/wire/nts_fields.h"

namespace ntp {

struct CookieKey {
  std::uint32_t id = 0;  // id % 4 is its place
  SivKey key{};
};

// Places 0..3 by id; the keys in force.
struct CookieKeys {
  std::array<CookieKey, 4> keys{};
  std::uint32_t current = 0;  // place of the key that seals

  [[nodiscard]] const CookieKey* find(std::uint32_t id) const;
  [[nodiscard]] const CookieKey& sealing() const { return keys[current % keys.size()]; }
};

inline constexpr std::size_t cookie_size = 4 + siv_nonce_size + 2 * siv_key_size + siv_tag_size;

// Random octets for ids and keys: REQUIRES enough of them, from the kernel.
using CookieSeed = std::array<std::byte, 4 + siv_key_size>;
[[nodiscard]] CookieKeys make_cookie_keys(const std::array<CookieSeed, 4>& seeds);
// The future key becomes the current one; the oldest gives its place to a new future key.
void rotate(CookieKeys& keys, const CookieSeed& seed);

[[nodiscard]] Cookie make_cookie(const CookieKeys& keys, const NtsKeys& association,
                                 const SivNonce& nonce);
[[nodiscard]] std::optional<NtsKeys> open_cookie(const CookieKeys& keys, Octets cookie);

// chrony's file `ntskeys`: the keys and the age of the newest in seconds.
[[nodiscard]] std::string to_text(const CookieKeys& keys, double age);
struct KeptCookieKeys {
  CookieKeys keys{};
  double age = 0;
};
[[nodiscard]] std::optional<KeptCookieKeys> parse_cookie_keys(std::string_view text);

}  // namespace ntp
