// The resolver, and what names become in reports.
#include "syncctl/names.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nettle/md5.h>

#include <algorithm>
#include <cstring>

#include "common/base/text.h"

namespace ntp::syncctl {

namespace {

constexpr std::size_t no_limit = SIZE_MAX;

// Empty when there is none.
std::string reverse_name(const Address& address) {
  sockaddr_in6 six{};
  sockaddr_in four{};
  const bool is_six = address.family == Family::ipv6;
  four.sin_family = AF_INET;
  six.sin6_family = AF_INET6;
  std::memcpy(&four.sin_addr, address.octets.data(), sizeof four.sin_addr);
  std::memcpy(&six.sin6_addr, address.octets.data(), sizeof six.sin6_addr);
  const auto* any =
      is_six ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  char name[NI_MAXHOST];
  if (getnameinfo(any, is_six ? sizeof six : sizeof four, name, sizeof name, nullptr, 0,
                  NI_NAMEREQD) != 0) {
    return {};
  }
  return name;
}

std::string cut(std::string name, std::size_t width) {
  if (name.size() <= width) return name;
  name.resize(width);
  name.back() = '>';
  return name;
}

std::optional<Address> address_of(const sockaddr& any) {
  Address address;
  if (any.sa_family == AF_INET) {
    address.family = Family::ipv4;
    std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in&>(any).sin_addr, 4);
    return address;
  }
  if (any.sa_family != AF_INET6) return std::nullopt;
  address.family = Family::ipv6;
  std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in6&>(any).sin6_addr, 16);
  return address;
}

constexpr std::string_view id_prefix = "ID#";

}  // namespace

std::string address_text(const control::SourceAddress& address) {
  if (address.id) return fmt::format("{}{:010}", id_prefix, *address.id);
  return address.is_set() ? to_text(address.address) : "[UNSPEC]";
}

std::uint32_t refid_of(const control::SourceAddress& address) {
  std::array<std::uint8_t, MD5_DIGEST_SIZE> digest{};
  if (address.address.family == Family::ipv6) {
    md5_ctx context;
    md5_init(&context);
    md5_update(&context, address.address.octets.size(), address.address.octets.data());
    md5_digest(&context, digest.size(), digest.data());
  } else {
    std::ranges::copy(address.address.octets, digest.begin());
  }
  return Cursor{std::as_bytes(std::span{digest})}.take<std::uint32_t>();
}

Fetched<std::string> configured_name(Session& session, const control::SourceAddress& address) {
  const auto reply = NTP_TRY(fetch<control::SourceName>(session, control::Command::source_name,
                                                        control::OneAddress{address}));
  const auto name = std::string{reply.name.text()};
  const auto shows = [](char c) { return c > ' ' && c <= '~'; };
  if (!reply.name.has_end() || !std::ranges::all_of(name, shows)) {
    return std::unexpected{problem_of(Trouble::bad_reply)};
  }
  return name;
}

std::string host_name(const Session& session, const control::SourceAddress& address,
                      std::size_t width) {
  const std::string text = address_text(address);
  if (!address.address.is_set() || !session.settings.resolve) return text;
  std::string name = reverse_name(address.address);
  return cut(name.empty() ? text : std::move(name), width);
}

std::string source_name(Session& session, const control::SourceAddress& address,
                        std::size_t width) {
  if (!session.settings.configured_names) return host_name(session, address, width);
  return configured_name(session, address).value_or("?");
}

std::vector<Address> look_up(const std::string& host, Family family) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_DGRAM;
  wanted.ai_family = AF_UNSPEC;
  if (family != Family::none) wanted.ai_family = family == Family::ipv4 ? AF_INET : AF_INET6;
  addrinfo* found = nullptr;
  std::vector<Address> addresses;
  if (getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (const auto address = address_of(*one->ai_addr)) addresses.push_back(*address);
  }
  freeaddrinfo(found);
  return addresses;
}

Fetched<control::SourceAddress> source_from(const Session& session, std::string_view word) {
  if (word.starts_with(id_prefix)) {
    const auto id = parse_integer<std::uint32_t>(word.substr(id_prefix.size()));
    if (id) return control::SourceAddress{.id = *id};
  }
  if (const auto address = parse_address(word)) return control::SourceAddress{.address = *address};
  const auto addresses = look_up(std::string{word}, session.settings.family);
  if (addresses.empty()) return complaint("Could not get address for hostname");
  return control::SourceAddress{.address = addresses.front()};
}

}  // namespace ntp::syncctl
