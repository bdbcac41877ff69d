// See cookie_page.h.
#include "ntpd-net/cookie_page.h"

#include <cstring>

namespace ntp {
namespace {

constexpr std::size_t words_a_key = siv_key_size / sizeof(std::uint64_t);

}  // namespace

void write_cookie_keys(CookiePage& page, const CookieKeys& keys) {
  CookiePage::Words words{};
  words[0] = keys.current;
  for (std::size_t i = 0; i < keys.keys.size(); ++i) {
    words[1 + i] = keys.keys[i].id;
    std::memcpy(&words[5 + i * words_a_key], keys.keys[i].key.data(), siv_key_size);
  }
  page.write(words);
}

std::optional<CookieKeys> read_cookie_keys(const CookiePage& page) {
  const auto words = page.read();
  if (!words) return std::nullopt;
  CookieKeys keys{.current = static_cast<std::uint32_t>((*words)[0])};
  for (std::size_t i = 0; i < keys.keys.size(); ++i) {
    keys.keys[i].id = static_cast<std::uint32_t>((*words)[1 + i]);
    std::memcpy(keys.keys[i].key.data(), &(*words)[5 + i * words_a_key], siv_key_size);
  }
  return keys;
}

}  // namespace ntp
