// See siv.h.
#include "common/wire/siv.h"

#include <nettle/siv-cmac.h>

namespace ntp {
namespace {

const std::uint8_t* raw(Octets octets) {
  return reinterpret_cast<const std::uint8_t*>(octets.data());
}
std::uint8_t* raw(WritableOctets octets) { return reinterpret_cast<std::uint8_t*>(octets.data()); }

siv_cmac_aes128_ctx context_of(const SivKey& key) {
  siv_cmac_aes128_ctx context;
  siv_cmac_aes128_set_key(&context, raw(Octets{key}));
  return context;
}

}  // namespace

void siv_seal(const SivKey& key, Octets associated, Octets nonce, Octets plain,
              WritableOctets out) {
  ENSURE(out.size() == plain.size() + siv_tag_size && !nonce.empty());
  const siv_cmac_aes128_ctx context = context_of(key);
  siv_cmac_aes128_encrypt_message(&context, nonce.size(), raw(nonce), associated.size(),
                                  raw(associated), out.size(), raw(out), raw(plain));
}

bool siv_open(const SivKey& key, Octets associated, Octets nonce, Octets sealed,
              WritableOctets out) {
  if (nonce.empty()) return false;
  ENSURE(sealed.size() == out.size() + siv_tag_size);
  const siv_cmac_aes128_ctx context = context_of(key);
  return siv_cmac_aes128_decrypt_message(&context, nonce.size(), raw(nonce), associated.size(),
                                         raw(associated), out.size(), raw(out), raw(sealed)) == 1;
}

}  // namespace ntp
