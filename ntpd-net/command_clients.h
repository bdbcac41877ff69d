// Who sent commands over UDP, and how often: for the columns of `clients` and for cmdratelimit.
// A table of fixed size as the server's; who comes by the Unix socket has no address and is not
// in it. Judges no command.
#pragma once

#include <bitset>
#include <optional>
#include <vector>

#include "ntpd-net/client_table.h"

namespace ntp {

class CommandClients {
 public:
  static constexpr std::size_t places = 256;

  explicit CommandClients(const RateLimit& limit);
  // The records stay where they are.
  CommandClients(const CommandClients&) = delete;
  CommandClients& operator=(const CommandClients&) = delete;

  // Counts one command; false when it is over the limit, which `may_flood` spares it.
  [[nodiscard]] bool take(const Address& client, RawTime now, bool may_flood);

  // A listing names each client once: those with a record at the server come first.
  void begin_listing() { listed_.reset(); }
  // This client's commands, which are listed now.
  [[nodiscard]] std::optional<ClientReport> list(const Address& client, RawTime now);
  // Who stands at place `index` and was not listed yet.
  [[nodiscard]] std::optional<ClientReport> list_at(std::size_t index, RawTime now);

 private:
  CommandClients(const RateLimit& limit, std::uint64_t secret);

  std::vector<ClientSet> records_;
  ClientTable limited_;
  ClientTable unlimited_;
  std::bitset<places> listed_{};
};

}  // namespace ntp
