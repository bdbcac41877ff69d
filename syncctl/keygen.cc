// keygen: a line for the key file, from the kernel's randomness. Asks no daemon.
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>

#include "common/base/text.h"
#include "syncctl/change.h"

namespace ntp::syncctl {

namespace {

constexpr unsigned fewest_bits = 80;
constexpr unsigned most_bits = 4096;
constexpr unsigned default_bits = 160;

struct KeyType {
  std::string_view name;
  unsigned bits;  // of a cipher, whose keys have one length; 0: a hash, any length
};
constexpr std::array key_types{
    KeyType{"MD5", 0},      KeyType{"SHA1", 0},     KeyType{"SHA256", 0},    KeyType{"SHA384", 0},
    KeyType{"SHA512", 0},   KeyType{"SHA3-224", 0}, KeyType{"SHA3-256", 0},  KeyType{"SHA3-384", 0},
    KeyType{"SHA3-512", 0}, KeyType{"TIGER", 0},    KeyType{"WHIRLPOOL", 0}, KeyType{"AES128", 128},
    KeyType{"AES256", 256}};

}  // namespace

Done generate_key(Session& session, Words words) {
  const std::string_view name = words.size() < 2 ? "SHA1" : words[1];
  const auto id = words.empty() ? 1U : parse_integer<std::uint32_t>(words[0]);
  const auto wanted = words.size() < 3 ? default_bits : parse_integer<std::uint32_t>(words[2]);
  if (!id || !wanted) return complaint("Invalid syntax for keygen command");
  const auto type = std::ranges::find(key_types, name, &KeyType::name);
  if (type == key_types.end()) {
    return complaint(fmt::format("Unknown hash function or cipher {}", name));
  }
  const unsigned bits = type->bits != 0 ? type->bits : std::clamp(*wanted, fewest_bits, most_bits);

  std::array<std::uint8_t, most_bits / 8> key{};
  const std::size_t length = (bits + 7) / 8;
  for (std::size_t filled = 0; filled < length;) {
    const ssize_t more = ::getrandom(key.data() + filled, length - filled, 0);
    if (more < 0) return complaint("The kernel gives no random octets");
    filled += static_cast<std::size_t>(more);
  }
  std::string hex;
  for (std::size_t i = 0; i < length; ++i) hex += fmt::format("{:02X}", key[i]);
  show(session, {.name = "keygen",
                 .pattern = "{} {} HEX:{}\n",
                 .rows = {{count_cell("id", *id), word_cell("type", name), word_cell("key", hex)}},
                 .is_table = false});
  return {};
}

}  // namespace ntp::syncctl
