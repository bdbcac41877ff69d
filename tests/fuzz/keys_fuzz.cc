// Any octets as a key file of either form, and their tail as a message: bad lines are refused
// with a place, every key makes a MAC that it accepts itself, at the length that the version
// allows, and no other.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/wire/key_file.h"

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
  const Octets message = std::as_bytes(std::span{data, size}).last(size % 97 % (size + 1));
  for (const KeyForm form : {KeyForm::chrony, KeyForm::ntp}) {
    const KeyFile file = parse_key_file(text, "fuzz", form);
    for (const std::string& warning : file.warnings) ENSURE(warning.starts_with("fuzz:"));
    ENSURE(file.warnings.size() >= file.bad.size());
    for (const std::uint32_t id : {1u, 2u, 5u, 10u, 4294967295u})
      if (const Key* key = file.keys.find(id)) check_key(*key, message);
    ENSURE(file.keys.find(0) == nullptr);
  }
  // Lines that give keys give them again.
  const KeyFile file = parse_key_file(text, "fuzz");
  for (const std::uint32_t id : {1u, 2u, 5u, 10u, 4294967295u}) {
    const KeyFile again = parse_key_file(key_lines(text, {&id, 1}), "again");
    ENSURE(again.bad.empty() &&
           (again.keys.find(id) == nullptr) == (file.keys.find(id) == nullptr));
  }
  return 0;
}
