// The nts role: the one process that speaks TLS. For the client role it fetches keys and cookies
// from servers; for clients on the network it makes them. Sees no NTP packet, holds no key of an
// NTP association longer than it takes to hand it over, opens no file after its start.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/conf/settings.h"
#include "ntpd-net/nts/tls_session.h"

namespace ntp {

struct NtsRole {
  Fd channel;                   // ntpd-net/key_service; not open: nobody here wants keys
  Fd lifeline;                  // hung up: end
  std::vector<Fd> listeners{};  // TCP; none: no NTS server
  Fd served{};                  // for the access list; needed with listeners
  Fd cookie_keys{};             // needed with listeners
  Fd report{};                  // needed with listeners: this role's own
  RateLimit ratelimit{};        // ntsratelimit
  std::vector<TlsCredentials::Identity> identities{};
  NtsSettings settings{};
  std::uint16_t ntp_port = 123;
  Address from_ipv4{}, from_ipv6{};  // bindacqaddress
  bool confined = true;
};

// Works until the lifeline ends. Confines itself once the certificates are read.
[[nodiscard]] Result<void> run_nts(NtsRole role);

}  // namespace ntp
