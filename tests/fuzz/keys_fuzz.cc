// Any octets as a key file, and their tail as a message: refused with a place, or every key
// makes a MAC that it accepts itself, at the length that the version allows, and no other.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/wire/authenticator.h"

namespace {

using namespace ntp;

void check_key(const Key& key, Octets message) {
  for (const std::uint8_t version : {std::uint8_t{3}, std::uint8_t{4}}) {
    Mac mac = make_mac(key, message, version);
    ENSURE(mac.size == 4 + carried_digest_size(key.type, version));
    ENSURE(is_authentic(key, message, mac.view(), version));
    ENSURE(!is_authentic(key, message, mac.view().first(mac.size - 1), version));
    mac.octets[mac.size - 1] ^= std::byte{1};
    ENSURE(!is_authentic(key, message, mac.view(), version));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::vector<std::string> warnings;
  const auto keys = KeyStore::parse(text, "fuzz", &warnings);
  if (!keys) {
    ENSURE(keys.error().message.starts_with("fuzz:"));
    return 0;
  }
  const Octets message = std::as_bytes(std::span{data, size}).last(size % 97 % (size + 1));
  for (const std::uint32_t id : {1u, 2u, 5u, 10u, 4294967295u})
    if (const Key* key = keys->find(id)) check_key(*key, message);
  ENSURE(keys->find(0) == nullptr);
  return 0;
}
