// Symmetric keys (RFC 5905 section 7.3, RFC 8573) and their MACs. The arithmetic is Nettle's.
// Reads no file of keys (key_file.h does) and keeps no time of use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/octets.h"

namespace ntp {

// In the order of chrony's numbers for `authdata` (key_type), which start at 1.
enum class KeyType : std::uint8_t {
  md5 = 1,
  sha1 = 2,
  sha256 = 3,
  sha384 = 4,
  sha512 = 5,
  sha3_224 = 6,
  sha3_256 = 7,
  sha3_384 = 8,
  sha3_512 = 9,
  tiger = 10,
  whirlpool = 11,
  aes128 = 13,
  aes256 = 14,
};

struct Key {
  std::uint32_t id = 0;  // 1 .. 2^32-1
  KeyType type = KeyType::md5;
  std::vector<std::uint8_t> secret;

  [[nodiscard]] int bits() const { return static_cast<int>(secret.size()) * 8; }
};

inline constexpr std::size_t most_digest = 64;

// A MAC ready to append: key id and digest, `size` octets of `octets`.
struct Mac {
  std::array<std::byte, 4 + most_digest> octets{};
  std::size_t size = 0;

  [[nodiscard]] Octets view() const { return Octets{octets}.first(size); }
};

class KeyStore {
 public:
  // False, and nothing changes, when a key has this id already.
  [[nodiscard]] bool add(Key key);
  [[nodiscard]] const Key* find(std::uint32_t id) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  std::vector<Key> keys_;  // by id
};

// Octets of the full digest; never 0.
[[nodiscard]] std::size_t digest_size(KeyType type);

// Version 4 carries at most 20 octets of a digest, versions up to 3 all of it.
[[nodiscard]] std::size_t carried_digest_size(KeyType type, std::uint8_t version);

// The version a client speaks with this key when the operator names none: 3 when the digest
// would be cut, as chronyd does, else 4.
[[nodiscard]] std::uint8_t natural_version(KeyType type);

// The MAC over `covered`, for a message of `version`.
[[nodiscard]] Mac make_mac(const Key& key, Octets covered, std::uint8_t version);

// `mac` is key id and digest as received. Constant time in the digest. False when the id is
// another key's or the length is not this key's.
[[nodiscard]] bool is_authentic(const Key& key, Octets covered, Octets mac, std::uint8_t version);

// The key id at the front of a MAC. REQUIRES: mac.size() >= 4.
[[nodiscard]] std::uint32_t key_id_of(Octets mac);

}  // namespace ntp
