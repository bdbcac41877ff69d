// Names into addresses, in a process of its own: getaddrinfo with all that it drags in lives
// behind two fixed-size messages on a socketpair. The client role never sees a DNS packet,
// the resolver never sees an NTP packet; at most 16 addresses come back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp {

inline constexpr int most_addresses = 16;

struct NameQuery {
  std::uint32_t id = 0;
  Family family = Family::none;  // none = both
  std::array<std::uint8_t, 3> zero{};
  std::array<char, 256> name{};  // NUL-terminated
};

struct NameAnswer {
  std::uint32_t id = 0;
  std::uint32_t count = 0;  // of `addresses`; 0 = no such name, or no answer
  std::array<Address, most_addresses> addresses{};
};

// getaddrinfo, here and now: it may take many seconds. Never more than most_addresses, each once.
[[nodiscard]] NameAnswer resolve(const NameQuery& query);

// The client's end. With no channel it resolves in this very process (simulated worlds).
class NameService {
 public:
  NameService() = default;
  explicit NameService(Fd channel) : channel_{std::move(channel)} {}

  // False when the name is too long or the question could not be sent: ask again later.
  [[nodiscard]] bool ask(std::uint32_t id, std::string_view name, Family family);
  // The next answer; nullopt when there is none yet. An answer of the wrong size is dropped.
  [[nodiscard]] std::optional<NameAnswer> take();
  // For the poller; -1 when resolving in process.
  [[nodiscard]] int fd() const { return channel_.number(); }
  // Resolving in process: an answer waits already.
  [[nodiscard]] bool has_waiting() const { return waiting_.has_value(); }

 private:
  Fd channel_;
  std::optional<NameAnswer> waiting_;
};

struct ResolverRole {
  Fd channel;
  Fd lifeline;  // hung up: end
  bool confined = true;
};

// Answers until the lifeline ends. Confines itself first.
[[nodiscard]] Result<void> run_resolver(ResolverRole role);

}  // namespace ntp
