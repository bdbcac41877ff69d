// See key_file.h.
#include "common/wire/key_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <optional>

#include "common/base/text.h"

namespace ntp {
namespace {

constexpr std::size_t most_key_line = 2047;
constexpr std::size_t most_ntp_text = 20;        // characters; more are digits (authreadkeys)
constexpr std::size_t most_ntp_digits = 2 * 32;  // the rest is not used by ntpd either
constexpr int weak_key_bits = 80;

struct TypeName {
  std::string_view name;
  KeyType type;
};

// chrony's names, then what ntpd and NTPsec call the same; chrony knows none of these.
constexpr TypeName type_names[] = {
    {"MD5", KeyType::md5},
    {"SHA1", KeyType::sha1},
    {"SHA256", KeyType::sha256},
    {"SHA384", KeyType::sha384},
    {"SHA512", KeyType::sha512},
    {"SHA3-224", KeyType::sha3_224},
    {"SHA3-256", KeyType::sha3_256},
    {"SHA3-384", KeyType::sha3_384},
    {"SHA3-512", KeyType::sha3_512},
    {"AES128", KeyType::aes128},
    {"AES256", KeyType::aes256},
    {"TIGER", KeyType::tiger},
    {"WHIRLPOOL", KeyType::whirlpool},
    {"M", KeyType::md5},
    {"SHA", KeyType::sha1},
    {"AES", KeyType::aes128},
    {"AES-128", KeyType::aes128},
    {"AES-128-CBC", KeyType::aes128},
    {"AES128CMAC", KeyType::aes128},
    {"AES-256", KeyType::aes256},
    {"AES-256-CBC", KeyType::aes256},
};

std::optional<KeyType> type_called(std::string_view name) {
  const auto* row = std::ranges::find_if(
      type_names, [&](const TypeName& known) { return equal_ignoring_case(known.name, name); });
  if (row == std::end(type_names)) return std::nullopt;
  return row->type;
}

std::optional<std::vector<std::uint8_t>> decode_hex(std::string_view text) {
  if (text.empty() || text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    if (text[i] == '+') return std::nullopt;
    const auto octet = parse_integer<std::uint8_t>(text.substr(i, 2), 16);
    if (!octet) return std::nullopt;
    octets.push_back(*octet);
  }
  return octets;
}

bool has_prefix(std::string_view key) {
  return key.starts_with("HEX:") || key.starts_with("ASCII:");
}

// The octets of the key, or what is wrong with it.
std::expected<std::vector<std::uint8_t>, std::string> decode_secret(std::string_view text,
                                                                    KeyForm form) {
  const bool is_bare = !has_prefix(text);
  if (is_bare && form == KeyForm::ntp && text.size() > most_ntp_text) {
    auto octets = decode_hex(text.substr(0, most_ntp_digits));
    if (octets) return *std::move(octets);
    return std::unexpected{
        std::string{"a key of over 20 characters is hexadecimal digits in pairs, or ASCII:text"}};
  }
  if (text.starts_with("HEX:")) {
    auto octets = decode_hex(text.substr(4));
    if (octets) return *std::move(octets);
  } else {
    if (!is_bare) text.remove_prefix(6);
    if (!text.empty()) return std::vector<std::uint8_t>(text.begin(), text.end());
  }
  return std::unexpected{std::string{"key is not ASCII:text, HEX:digits or text"}};
}

// The words that count: a comment behind the key does not. In chrony's form such a line would
// be bad, so nothing there changes its meaning; in ntp's a `#` also ends a word.
std::vector<std::string_view> words_of(std::string_view line, KeyForm form) {
  auto words = split_words(line);
  const bool is_chronys = form == KeyForm::chrony || (words.size() > 2 && has_prefix(words[2]));
  if (!is_chronys) words = split_words(line.substr(0, line.find('#')));
  if (words.size() > 3 && words[3].starts_with('#')) words.resize(3);
  // ntpd's list of addresses that may use the key: ntpdate's servers are named by who asks.
  if (words.size() == 4 && !is_chronys) words.resize(3);
  return words;
}

std::expected<KeyType, std::string> read_type(std::string_view word) {
  const auto type = type_called(word);
  if (!type) return std::unexpected{fmt::format("unknown key type {}; use AES128 or SHA256", word)};
  if (*type == KeyType::tiger || *type == KeyType::whirlpool)
    return std::unexpected{fmt::format("key type {} is not built in; use AES128 or SHA256", word)};
  return *type;
}

// Why the key does not fit its type; empty when it does.
std::string misfit(const Key& key, std::string_view type, std::string_view written) {
  const std::size_t exact = key.type == KeyType::aes128 ? 16 : key.type == KeyType::aes256 ? 32 : 0;
  if (exact == 0 || key.secret.size() == exact) return {};
  const bool lacks_prefix = !has_prefix(written) && decode_hex(written);
  return fmt::format("{} key must have {} octets, not {}{}", type, exact, key.secret.size(),
                     lacks_prefix ? "; digits are written HEX:digits" : "");
}

std::uint32_t id_of(std::span<const std::string_view> words) {
  return words.empty() ? 0 : parse_integer<std::uint32_t>(words[0]).value_or(0);
}

// The key, or what is wrong with the line.
std::expected<Key, std::string> parse_key_line(std::span<const std::string_view> words,
                                               KeyForm form) {
  const bool is_cut = form == KeyForm::ntp && words.size() == 2 && type_called(words[1]);
  if (words.size() < 2 || words.size() > 3 || is_cut)
    return std::unexpected{std::string{"expected ID [TYPE] KEY"}};
  Key key;
  key.id = id_of(words);
  if (key.id == 0)
    return std::unexpected{fmt::format("key ID {} is not in 1 to 4294967295", words[0])};
  if (words.size() == 3) {
    const auto type = read_type(words[1]);
    if (!type) return std::unexpected{type.error()};
    key.type = *type;
  }
  auto secret = decode_secret(words.back(), form);
  if (!secret) return std::unexpected{secret.error()};
  key.secret = *std::move(secret);
  if (const auto why = misfit(key, words[1], words.back()); !why.empty())
    return std::unexpected{why};
  return key;
}

// The next line without its end and outer blanks; `text` becomes the rest.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool says_nothing(std::string_view line) {
  return line.empty() || std::string_view{"#!;%"}.contains(line.front());
}

}  // namespace

KeyFile parse_key_file(std::string_view text, std::string_view origin, KeyForm form) {
  KeyFile file;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (says_nothing(line)) continue;
    const auto warn = [&](const std::string& what) {
      file.warnings.push_back(fmt::format("{}:{}: {}", origin, number, what));
    };
    const auto words = words_of(line, form);
    auto key = line.size() > most_key_line
                   ? std::expected<Key, std::string>{std::unexpected{"line is too long"}}
                   : parse_key_line(words, form);
    if (!key) {
      warn(key.error());
      if (const auto id = id_of(words); id != 0) file.bad.push_back(id);
      continue;
    }
    if (key->bits() < weak_key_bits)
      warn(fmt::format("key {} has only {} bits", key->id, key->bits()));
    const std::uint32_t id = key->id;
    if (!file.keys.add(*std::move(key)))
      warn(fmt::format("key {} repeated; the first is used", id));
  }
  return file;
}

std::string key_lines(std::string_view text, std::span<const std::uint32_t> ids) {
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (says_nothing(line)) continue;
    const auto words = words_of(line, KeyForm::chrony);
    if (std::ranges::find(ids, id_of(words)) == ids.end()) continue;
    if (parse_key_line(words, KeyForm::chrony)) lines.append(line).append("\n");
  }
  return lines;
}

}  // namespace ntp
