// MS-SNTP: answers to Windows machines of a domain are signed by Samba, which alone has their keys
// (`ntpsigndsocket`). A worker makes the answer and hands it to this role, which asks Samba over
// its Unix socket and sends what comes back. One answer at a time: while Samba is slow or away,
// answers are lost, and no worker ever waits. Looks at nobody's request and knows no key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/time/instants.h"
#include "ntpd-net/server_answer.h"

namespace ntp {

// An answer to be signed, as it travels between our processes.
struct SigningOrder {
  std::array<std::byte, header_size> answer{};
  std::uint32_t key_id = 0;  // as the client named it
  std::uint32_t socket = 0;  // of the worker's: which one it came to
  Endpoint to{};
  Address from{};  // unset: the socket's own
  RawTime made{};
};
static_assert(std::is_trivially_copyable_v<SigningOrder>);

// A request as Windows makes it: version 3, a key's number, and nothing where its digest would be.
[[nodiscard]] bool wants_signature(const Request& request);

// Never waits; false when the order is lost. By the one call for sending that a worker has.
[[nodiscard]] bool give_order(const Fd& signer, const SigningOrder& order);

struct SignerRole {
  Fd orders;
  Fd lifeline;              // hung up: end
  std::vector<Fd> sockets;  // a worker's, to send from
  std::string directory;    // Samba's; its socket is `socket` in there
  bool confined = true;
};

// Signs until the lifeline ends. Confines itself first.
[[nodiscard]] Result<void> run_signer(SignerRole role);

}  // namespace ntp
