// What the supervisor has, and which of it each role is given: its own descriptors and words, no
// other's. Opens nothing and starts nothing.
#pragma once

#include "common/conf/grammar.h"
#include "ntpd-net/inheritance.h"
#include "ntpd-net/options.h"
#include "ntpd-net/outfit.h"

namespace ntp {

struct Estate {
  const Options& options;
  const Fd& syslog;
  Configuration configuration;
  Outfit outfit;
  // Channels between roles; both ends are kept, for roles that start again.
  Fd names_client{}, names_resolver{};
  Fd keys_client{}, keys_nts{};
  Fd orders_server{}, orders_signer{};  // only with `ntpsigndsocket`
};

[[nodiscard]] Inheritance client_inheritance(const Estate& s);
[[nodiscard]] Inheritance server_inheritance(const Estate& s, std::size_t worker);
// The first of several also fetches keys for the client role.
[[nodiscard]] Inheritance nts_inheritance(const Estate& s, std::size_t number);
[[nodiscard]] Inheritance resolver_inheritance(const Estate& s);
[[nodiscard]] Inheritance signer_inheritance(const Estate& s);

}  // namespace ntp
