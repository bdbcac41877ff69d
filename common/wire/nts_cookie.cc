// Cookie: id u32 || nonce || SIV(key, nothing, nonce, C2S || S2C).
#include "common/wire/nts_cookie.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/base/text.h"

namespace ntp {
namespace {

constexpr std::uint32_t places = 4;
constexpr std::string_view file_mark = "NKS0";  // its keys are all of our one algorithm

CookieKey key_of(const CookieSeed& seed, std::uint32_t place) {
  Cursor in{seed};
  CookieKey key{.id = in.take<std::uint32_t>() / places * places + place};
  std::ranges::copy(in.rest(), key.key.begin());
  return key;
}

std::optional<SivKey> parse_key(std::string_view hex) {
  SivKey key;
  if (hex.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto octet = parse_integer<std::uint8_t>(hex.substr(2 * i, 2), 16);
    if (!octet) return std::nullopt;
    key[i] = std::byte{*octet};
  }
  return key;
}

}  // namespace

const CookieKey* CookieKeys::find(std::uint32_t id) const {
  const CookieKey& key = keys[id % places];
  return key.id == id ? &key : nullptr;
}

CookieKeys make_cookie_keys(const std::array<CookieSeed, 4>& seeds) {
  CookieKeys keys;
  for (std::uint32_t i = 0; i < places; ++i) keys.keys[i] = key_of(seeds[i], i);
  return keys;
}

void rotate(CookieKeys& keys, const CookieSeed& seed) {
  keys.current = (keys.current + 1) % places;
  const std::uint32_t future = (keys.current + 1) % places;
  keys.keys[future] = key_of(seed, future);
}

Cookie make_cookie(const CookieKeys& keys, const NtsKeys& association, const SivNonce& nonce) {
  std::array<std::byte, 2 * siv_key_size> plain;
  Writer pair{plain};
  pair.put(Octets{association.client_to_server});
  pair.put(Octets{association.server_to_client});
  Cookie cookie;
  cookie.size = cookie_size;
  Writer out{cookie.octets};
  out.put(keys.sealing().id);
  out.put(Octets{nonce});
  siv_seal(
      keys.sealing().key, {}, nonce, plain,
      WritableOctets{cookie.octets}.subspan(out.written().size(), plain.size() + siv_tag_size));
  return cookie;
}

std::optional<NtsKeys> open_cookie(const CookieKeys& keys, Octets cookie) {
  if (cookie.size() != cookie_size) return std::nullopt;
  Cursor in{cookie};
  const CookieKey* key = keys.find(in.take<std::uint32_t>());
  if (key == nullptr) return std::nullopt;
  const Octets nonce = in.take(siv_nonce_size);
  std::array<std::byte, 2 * siv_key_size> plain;
  if (!siv_open(key->key, {}, nonce, in.rest(), plain)) return std::nullopt;
  NtsKeys association;
  const Octets both{plain};
  std::ranges::copy(both.first(siv_key_size), association.client_to_server.begin());
  std::ranges::copy(both.subspan(siv_key_size), association.server_to_client.begin());
  return association;
}

std::string to_text(const CookieKeys& keys, double age) {
  std::string text = fmt::format("{}\n{} {:.1f}\n", file_mark, aead_aes_siv_cmac_256, age);
  for (std::uint32_t i = 0; i < places; ++i) {  // two past, current, future
    const CookieKey& key = keys.keys[(keys.current + 2 + i) % places];
    text += fmt::format("{:08X} ", key.id);
    for (const std::byte octet : key.key)
      text += fmt::format("{:02X}", std::to_integer<int>(octet));
    text += '\n';
  }
  return text;
}

std::optional<KeptCookieKeys> parse_cookie_keys(std::string_view text) {
  std::vector<std::vector<std::string_view>> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(split_words(text.substr(0, end)));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  if (lines.size() != 2 + places || lines[0] != std::vector<std::string_view>{file_mark} ||
      lines[1].size() != 2 || lines[1][0] != fmt::format("{}", aead_aes_siv_cmac_256))
    return std::nullopt;
  const auto age = parse_real(lines[1][1]);
  if (!age || *age < 0) return std::nullopt;
  KeptCookieKeys kept{.keys = {}, .age = *age};
  for (std::uint32_t i = 0; i < places; ++i) {
    const auto& words = lines[2 + i];
    if (words.size() != 2) return std::nullopt;
    const auto id = parse_integer<std::uint32_t>(words[0], 16);
    const auto key = parse_key(words[1]);
    if (!id || !key) return std::nullopt;
    if (i == 0) kept.keys.current = (*id + 2) % places;  // the third line is the current key
    if (*id % places != (kept.keys.current + 2 + i) % places) return std::nullopt;
    kept.keys.keys[*id % places] = {*id, *key};
  }
  return kept;
}

}  // namespace ntp
