// See resolver.h.
#include "ntpd-net/resolver.h"

#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "common/os/sandbox.h"
#include "common/os/service.h"
#include "common/os/udp.h"
#include "ntpd-net/promises.h"

namespace ntp {
namespace {

int domain_of(Family family) {
  switch (family) {
    case Family::none: return AF_UNSPEC;
    case Family::ipv4: return AF_INET;
    case Family::ipv6: return AF_INET6;
  }
  return AF_UNSPEC;
}

void append(NameAnswer& answer, const addrinfo& found) {
  sockaddr_storage storage{};
  std::memcpy(&storage, found.ai_addr, std::min<std::size_t>(found.ai_addrlen, sizeof storage));
  const Address address = to_endpoint(storage).address;
  const auto end = answer.addresses.begin() + answer.count;
  if (!address.is_set() || std::find(answer.addresses.begin(), end, address) != end) return;
  answer.addresses[answer.count++] = address;
}

void answer_one(int channel) {
  NameQuery query;
  if (::recv(channel, &query, sizeof query, MSG_DONTWAIT) != sizeof query) return;
  query.name.back() = '\0';
  const NameAnswer answer = resolve(query);
  // A full channel loses the answer: the client asks again.
  if (::send(channel, &answer, sizeof answer, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return;
}

}  // namespace

NameAnswer resolve(const NameQuery& query) {
  NameAnswer answer{.id = query.id};
  addrinfo hints{};
  hints.ai_family = domain_of(query.family);
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int outcome = ::getaddrinfo(query.name.data(), nullptr, &hints, &list);
  if (outcome != 0) {  // AI_ADDRCONFIG does not count loopback: a private host has nothing else
    hints.ai_flags = 0;
    outcome = ::getaddrinfo(query.name.data(), nullptr, &hints, &list);
  }
  if (outcome != 0) return answer;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, ::freeaddrinfo};
  for (const addrinfo* found = list; found != nullptr && answer.count < most_addresses;
       found = found->ai_next)
    append(answer, *found);
  return answer;
}

bool NameService::ask(std::uint32_t id, std::string_view name, Family family) {
  NameQuery query{.id = id, .family = family};
  if (name.size() >= query.name.size()) return false;
  std::ranges::copy(name, query.name.begin());
  if (!channel_.is_open()) {
    if (waiting_) return false;
    waiting_ = resolve(query);
    return true;
  }
  return ::send(channel_.number(), &query, sizeof query, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         sizeof query;
}

std::optional<NameAnswer> NameService::take() {
  if (!channel_.is_open()) return std::exchange(waiting_, std::nullopt);
  NameAnswer answer;
  if (::recv(channel_.number(), &answer, sizeof answer, MSG_DONTWAIT) != sizeof answer)
    return std::nullopt;
  answer.count = std::min<std::uint32_t>(answer.count, most_addresses);
  return answer;
}

Result<void> run_resolver(ResolverRole role) {
  // Loads the name service modules while files may still be opened for execution.
  (void)resolve({.name = {'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'}});
  NTP_TRY(confine(resolver_promise(), role.confined ? Filter::on : Filter::off));

  pollfd fds[2] = {{role.channel.number(), POLLIN, 0}, {role.lifeline.number(), POLLIN, 0}};
  while (!is_stop_requested()) {
    NTP_TRY(wait_ready(fds, Nanos{-1}));
    if (fds[1].revents != 0) return {};
    if (fds[0].revents != 0) {
      ::res_init();  // resolv.conf may have changed: a laptop moved
      answer_one(role.channel.number());
    }
  }
  return {};
}

}  // namespace ntp
