// Files of symmetric keys, as chrony and as ntpd have them. A bad line gives no key, is one
// warning, and spoils no other. Opens no file: the caller reads it while it still may.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/authenticator.h"

namespace ntp {

// What a key without `HEX:` or `ASCII:` is. chrony: text. ntp (ntp.keys of ntpd and NTPsec): text
// up to 20 characters, hexadecimal digits beyond, of which 32 octets count; a `#` ends the line.
// With one of the prefixes a line is chrony's in either.
enum class KeyForm : std::uint8_t { chrony, ntp };

struct KeyFile {
  KeyStore keys{};
  std::vector<std::string> warnings{};  // `ORIGIN:LINE: what is wrong`, also weak and repeated keys
  std::vector<std::uint32_t> bad{};     // keys that a bad line was to give
};

// `ID [TYPE] KEY`, `#!;%` comment lines; of keys with one ID the first is used.
[[nodiscard]] KeyFile parse_key_file(std::string_view text, std::string_view origin,
                                     KeyForm form = KeyForm::chrony);

// The lines of `text`, a chrony key file, that give these keys.
[[nodiscard]] std::string key_lines(std::string_view text, std::span<const std::uint32_t> ids);

}  // namespace ntp
