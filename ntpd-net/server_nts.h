// The worker's part of Network Time Security: opens a request's cookie, checks its authenticator,
// makes fresh cookies and the answer's fields. Keys come from the supervisor's page. Makes no
// system call: its nonces are a secret permutation of a counter, so that nobody can tell which
// cookies were made together.
#pragma once

#include <array>
#include <optional>

#include "ntpd-net/server_pages.h"

namespace ntp {

// What is kept of a request until its answer is written.
struct NtsReply {
  NtsKeys keys{};
  std::array<Cookie, most_cookies> cookies{};
  int count = 0;
  Octets identifier{};     // in the request's datagram
  std::size_t length = 0;  // of the request: no answer is longer
  bool is_nak = false;     // the cookie or the authenticator cannot be read
};

class NtsResponder {
 public:
  NtsResponder(Mapped<const CookieMemory> keys, const SivKey& secret)
      : page_{std::move(keys)}, secret_{secret} {}

  // nullopt: not a request that deserves any answer. The datagram outlives the reply.
  [[nodiscard]] std::optional<NtsReply> read(const Tail& tail, std::size_t length);
  // A written header and fields; the length of the whole. REQUIRES: room for most_nts_datagram.
  [[nodiscard]] std::size_t write(Octets header, const NtsReply& reply, WritableOctets packet);

 private:
  [[nodiscard]] SivNonce next_nonce();
  [[nodiscard]] const CookieKeys* keys();

  Mapped<const CookieMemory> page_;
  SivKey secret_;
  std::uint64_t counter_ = 0;
  std::uint64_t sequence_ = 0;  // of keys_
  std::optional<CookieKeys> keys_{};
};

// Whether a request asks for an answer that only these keys can give: any one of the four fields
// says so, as chronyd has it.
[[nodiscard]] bool wants_nts(const Tail& tail);

}  // namespace ntp
