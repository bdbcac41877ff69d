// See command_clients.h.
#include "ntpd-net/command_clients.h"

#include "common/os/random.h"

namespace ntp {

CommandClients::CommandClients(const RateLimit& limit) : CommandClients{limit, random_bits()} {}

// Two views of the same records.
CommandClients::CommandClients(const RateLimit& limit, std::uint64_t secret)
    : records_(places / 4),
      limited_{records_.data(), records_.size(), limit, secret},
      unlimited_{records_.data(), records_.size(), {}, secret} {}

bool CommandClients::take(const Address& client, RawTime now, bool may_flood) {
  ClientTable& table = may_flood ? unlimited_ : limited_;
  return table.take(client, now, random_bits()).verdict == Verdict::answer;
}

std::optional<ClientReport> CommandClients::list(const Address& client, RawTime now) {
  for (std::size_t index = 0; index < places; ++index) {
    const auto found = read_client(records_.data(), records_.size(), index, now);
    if (!found || found->address != client) continue;
    listed_.set(index);
    return found;
  }
  return std::nullopt;
}

std::optional<ClientReport> CommandClients::list_at(std::size_t index, RawTime now) {
  if (index >= places || listed_.test(index)) return std::nullopt;
  return read_client(records_.data(), records_.size(), index, now);
}

}  // namespace ntp
