// Digests by Nettle: H(key || message) for hashes, CMAC for AES.
#include "common/wire/authenticator.h"

#include <fmt/format.h>
#include <nettle/cmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace ntp {
namespace {

constexpr std::size_t most_carried_v4 = 20;
constexpr std::size_t most_key_line = 2047;
constexpr int weak_key_bits = 80;

struct TypeRow {
  std::string_view name;
  KeyType type;
  std::size_t digest;       // octets
  const nettle_hash* hash;  // null for CMAC and for what Nettle lacks
};

const TypeRow type_table[] = {
    {"MD5", KeyType::md5, 16, &nettle_md5},
    {"SHA1", KeyType::sha1, 20, &nettle_sha1},
    {"SHA256", KeyType::sha256, 32, &nettle_sha256},
    {"SHA384", KeyType::sha384, 48, &nettle_sha384},
    {"SHA512", KeyType::sha512, 64, &nettle_sha512},
    {"SHA3-224", KeyType::sha3_224, 28, &nettle_sha3_224},
    {"SHA3-256", KeyType::sha3_256, 32, &nettle_sha3_256},
    {"SHA3-384", KeyType::sha3_384, 48, &nettle_sha3_384},
    {"SHA3-512", KeyType::sha3_512, 64, &nettle_sha3_512},
    {"AES128", KeyType::aes128, 16, nullptr},
    {"AES256", KeyType::aes256, 16, nullptr},
    {"TIGER", KeyType::tiger, 24, nullptr},
    {"WHIRLPOOL", KeyType::whirlpool, 64, nullptr},
};

const TypeRow& row_of(KeyType type) {
  const auto row = std::ranges::find(type_table, type, &TypeRow::type);
  ENSURE(row != std::end(type_table));
  return *row;
}

const std::uint8_t* as_u8(const std::byte* octets) {
  return reinterpret_cast<const std::uint8_t*>(octets);
}

union HashContext {
  md5_ctx md5;
  sha1_ctx sha1;
  sha256_ctx sha256;
  sha512_ctx sha512;
  sha3_224_ctx sha3_224;
  sha3_256_ctx sha3_256;
  sha3_384_ctx sha3_384;
  sha3_512_ctx sha3_512;
};

// The whole digest at `into`, which holds most_digest octets.
void digest_message(const Key& key, Octets covered, std::uint8_t* into) {
  if (key.type == KeyType::aes128) {
    cmac_aes128_ctx context;
    cmac_aes128_set_key(&context, key.secret.data());
    cmac_aes128_update(&context, covered.size(), as_u8(covered.data()));
    cmac_aes128_digest(&context, CMAC128_DIGEST_SIZE, into);
    return;
  }
  if (key.type == KeyType::aes256) {
    cmac_aes256_ctx context;
    cmac_aes256_set_key(&context, key.secret.data());
    cmac_aes256_update(&context, covered.size(), as_u8(covered.data()));
    cmac_aes256_digest(&context, CMAC128_DIGEST_SIZE, into);
    return;
  }
  const nettle_hash* hash = row_of(key.type).hash;
  ENSURE(hash != nullptr && hash->context_size <= sizeof(HashContext));
  HashContext context;
  hash->init(&context);
  hash->update(&context, key.secret.size(), key.secret.data());
  hash->update(&context, covered.size(), as_u8(covered.data()));
  hash->digest(&context, hash->digest_size, into);
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

std::optional<std::vector<std::uint8_t>> decode_secret(std::string_view text) {
  if (text.starts_with("HEX:")) return decode_hex(text.substr(4));
  if (text.starts_with("ASCII:")) text.remove_prefix(6);
  if (text.empty()) return std::nullopt;
  return std::vector<std::uint8_t>(text.begin(), text.end());
}

// What is wrong with the line, or the key.
Result<Key, std::string> parse_key_line(std::string_view line) {
  if (line.size() > most_key_line) return std::unexpected{std::string{"line is too long"}};
  const auto words = split_words(line);
  if (words.size() < 2 || words.size() > 3)
    return std::unexpected{std::string{"expected ID [TYPE] KEY"}};
  Key key;
  const auto id = parse_integer<std::uint32_t>(words[0]);
  if (!id || *id == 0)
    return std::unexpected{fmt::format("key ID {} is not in 1 to 4294967295", words[0])};
  key.id = *id;
  if (words.size() == 3) {
    const auto row = std::ranges::find_if(
        type_table, [&](const TypeRow& r) { return equal_ignoring_case(r.name, words[1]); });
    if (row == std::end(type_table))
      return std::unexpected{fmt::format("unknown key type {}", words[1])};
    key.type = row->type;
  }
  if (key.type == KeyType::tiger || key.type == KeyType::whirlpool)
    return std::unexpected{
        fmt::format("key type {} is not built in; use AES128 or SHA256", row_of(key.type).name)};
  auto secret = decode_secret(words.back());
  if (!secret) return std::unexpected{std::string{"key is not ASCII:text, HEX:digits or text"}};
  key.secret = *std::move(secret);
  const std::size_t exact = key.type == KeyType::aes128 ? 16 : key.type == KeyType::aes256 ? 32 : 0;
  if (exact != 0 && key.secret.size() != exact)
    return std::unexpected{fmt::format("{} key must have {} octets, not {}", row_of(key.type).name,
                                       exact, key.secret.size())};
  return key;
}

}  // namespace

Result<KeyStore> KeyStore::parse(std::string_view text, std::string_view origin,
                                 std::vector<std::string>* warnings) {
  KeyStore store;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || std::string_view{"#!;%"}.contains(line.front())) continue;
    auto key = parse_key_line(line);
    if (!key) return failure(fmt::format("{}:{}: {}", origin, number, key.error()));
    if (warnings && key->bits() < weak_key_bits)
      warnings->push_back(
          fmt::format("{}:{}: key {} has only {} bits", origin, number, key->id, key->bits()));
    if (store.find(key->id) != nullptr) {
      if (warnings)
        warnings->push_back(
            fmt::format("{}:{}: key {} repeated; the first is used", origin, number, key->id));
      continue;
    }
    store.keys_.insert(std::ranges::upper_bound(store.keys_, key->id, {}, &Key::id),
                       *std::move(key));
  }
  return store;
}

const Key* KeyStore::find(std::uint32_t id) const {
  const auto key = std::ranges::lower_bound(keys_, id, {}, &Key::id);
  return key != keys_.end() && key->id == id ? &*key : nullptr;
}

std::size_t digest_size(KeyType type) { return row_of(type).digest; }

std::size_t carried_digest_size(KeyType type, std::uint8_t version) {
  return version >= 4 ? std::min(digest_size(type), most_carried_v4) : digest_size(type);
}

std::uint8_t natural_version(KeyType type) { return digest_size(type) > most_carried_v4 ? 3 : 4; }

Mac make_mac(const Key& key, Octets covered, std::uint8_t version) {
  std::array<std::uint8_t, most_digest> digest{};
  digest_message(key, covered, digest.data());
  Mac mac;
  Writer out{mac.octets};
  out.put(key.id);
  out.put(std::as_bytes(std::span{digest}).first(carried_digest_size(key.type, version)));
  mac.size = out.written().size();
  return mac;
}

bool is_authentic(const Key& key, Octets covered, Octets mac, std::uint8_t version) {
  if (mac.size() != 4 + carried_digest_size(key.type, version)) return false;
  if (key_id_of(mac) != key.id) return false;
  const Mac expected = make_mac(key, covered, version);
  return memeql_sec(expected.octets.data(), mac.data(), mac.size()) != 0;
}

std::uint32_t key_id_of(Octets mac) { return Cursor{mac}.take<std::uint32_t>(); }

}  // namespace ntp
