// Digests by Nettle: H(key || message) for hashes, CMAC for AES.
#include "common/wire/authenticator.h"

#include <nettle/cmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

#include <algorithm>
#include <utility>

#include "common/base/ensure.h"

namespace ntp {
namespace {

constexpr std::size_t most_carried_v4 = 20;

struct TypeRow {
  KeyType type;
  std::size_t digest;       // octets
  const nettle_hash* hash;  // null for CMAC and for what Nettle lacks
};

const TypeRow type_table[] = {
    {KeyType::md5, 16, &nettle_md5},
    {KeyType::sha1, 20, &nettle_sha1},
    {KeyType::sha256, 32, &nettle_sha256},
    {KeyType::sha384, 48, &nettle_sha384},
    {KeyType::sha512, 64, &nettle_sha512},
    {KeyType::sha3_224, 28, &nettle_sha3_224},
    {KeyType::sha3_256, 32, &nettle_sha3_256},
    {KeyType::sha3_384, 48, &nettle_sha3_384},
    {KeyType::sha3_512, 64, &nettle_sha3_512},
    {KeyType::aes128, 16, nullptr},
    {KeyType::aes256, 16, nullptr},
    {KeyType::tiger, 24, nullptr},
    {KeyType::whirlpool, 64, nullptr},
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

}  // namespace

bool KeyStore::add(Key key) {
  if (find(key.id) != nullptr) return false;
  keys_.insert(std::ranges::upper_bound(keys_, key.id, {}, &Key::id), std::move(key));
  return true;
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
