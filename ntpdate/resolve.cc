// getaddrinfo and the words that classic ntpdate has for its failures. Addresses that this
// machine has no route to are left out, as a name with IPv6 addresses has on an IPv4 network.
#include "ntpdate/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "common/os/udp.h"

namespace ntp::ntpdate {
namespace {

int family_number(Family family) {
  switch (family) {
    case Family::ipv4: return AF_INET;
    case Family::ipv6: return AF_INET6;
    case Family::none: return AF_UNSPEC;
  }
  return AF_UNSPEC;
}

bool has_route(const Endpoint& server) {
  return UdpSocket::connect_to(server, {}, {.stamps = false}).has_value();
}

void add(std::vector<Asked>& servers, const std::string& name, const Endpoint& server) {
  const auto is_same = [&](const Asked& asked) { return asked.server == server; };
  if (servers.size() == most_servers || std::ranges::any_of(servers, is_same)) return;
  if (!has_route(server)) return;
  servers.push_back({.server = server, .name = name});
}

// The resolver's verdict: 0, or getaddrinfo's error.
int add_name(std::vector<Asked>& servers, const std::string& name, const Options& options) {
  addrinfo hints{};
  hints.ai_family = family_number(options.family);
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (error != 0) return error;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found, ::freeaddrinfo};
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, next->ai_addr, std::min<std::size_t>(next->ai_addrlen, sizeof storage));
    add(servers, name, {to_endpoint(storage).address, options.port});
  }
  return 0;
}

// False when nothing can be resolved at all.
bool say_failure(const Speaker& speaker, const std::string& name, int error) {
  const char* text = ::gai_strerror(error);
  if (error == EAI_FAIL || error == EAI_AGAIN) {
    speaker.complain(fmt::format("Exiting, name server cannot be used: {} ({})", text, error));
    speaker.say(Level::error, fmt::format("name server cannot be used: {} ({})", text, error));
    return false;
  }
  speaker.complain(fmt::format("Error resolving {}: {} ({})", name, text, error));
  speaker.say(Level::error, fmt::format("Can't find host {}: {} ({})", name, text, error));
  return true;
}

}  // namespace

std::expected<std::vector<Asked>, int> resolve_servers(const Options& options,
                                                       const Speaker& speaker) {
  std::vector<Asked> servers;
  for (const std::string& name : options.servers) {
    if (options.debug > 0)
      speaker.print(fmt::format("Looking for host {} and service ntp\n", name));
    if (const auto address = parse_address(name)) {
      const bool fits = options.family == Family::none || address->family == options.family;
      if (fits) add(servers, name, {*address, options.port});
      else if (!say_failure(speaker, name, EAI_ADDRFAMILY)) return std::unexpected{1};
      continue;
    }
    if (const int error = add_name(servers, name, options); error != 0) {
      if (!say_failure(speaker, name, error)) return std::unexpected{1};
    } else if (options.debug > 0) {
      speaker.print(fmt::format("host found : {}\n", name));
    }
  }
  if (servers.empty()) {
    speaker.say(Level::error, "no servers can be used, exiting");
    return std::unexpected{1};
  }
  return servers;
}

}  // namespace ntp::ntpdate
