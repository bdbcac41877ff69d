// Addresses and subnets out of text and back.
#include "common/base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "common/base/ensure.h"
#include "common/base/text.h"

namespace ntp {

namespace {

// Clears every bit beyond the prefix.
Address first_bits(Address address, int prefix) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(prefix - 8 * i, 0, 8);
    address.octets[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return address;
}

// "1.2.3" is 1.2.3.0/24: each octet given adds 8 bits to the prefix.
std::optional<Subnet> parse_short_ipv4(std::string_view text) {
  Subnet subnet{.address = ipv4_any};
  for (std::size_t i = 0;; ++i) {
    const auto dot = text.find('.');
    const auto octet = parse_integer<std::uint8_t>(text.substr(0, dot));
    if (!octet || i > 3 || text.front() == '+') return std::nullopt;
    subnet.address.octets[i] = *octet;
    subnet.prefix += 8;
    if (dot == text.npos) return subnet;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool Address::is_loopback() const {
  return (family == Family::ipv4 && octets[0] == 127) || *this == ipv6_loopback;
}

bool Address::is_unspecified() const { return *this == ipv4_any || *this == ipv6_any; }

std::uint32_t ipv4_bits(const Address& address) {
  ENSURE(address.family == Family::ipv4);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 8 | address.octets[i];
  return bits;
}

std::optional<Address> parse_address(std::string_view text) {
  char copy[INET6_ADDRSTRLEN + 1] = {};
  if (text.empty() || text.size() >= sizeof copy || text.find('\0') != text.npos)
    return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  Address address;
  const bool is_ipv6 = text.find(':') != text.npos;
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, copy, address.octets.data()) != 1)
    return std::nullopt;
  address.family = is_ipv6 ? Family::ipv6 : Family::ipv4;
  return address;
}

std::string to_text(const Address& address) {
  if (!address.is_set()) return {};
  char text[INET6_ADDRSTRLEN] = {};
  const int family = address.family == Family::ipv4 ? AF_INET : AF_INET6;
  ENSURE(inet_ntop(family, address.octets.data(), text, sizeof text) != nullptr);
  return text;
}

std::string to_text(const Endpoint& endpoint) {
  const auto host = to_text(endpoint.address);
  const auto port = std::to_string(endpoint.port);
  return endpoint.address.family == Family::ipv6 ? "[" + host + "]:" + port : host + ":" + port;
}

bool Subnet::contains(const Address& other) const {
  if (!address.is_set()) return true;
  return address.family == other.family && first_bits(other, prefix) == address;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  Subnet subnet;
  if (const auto whole = parse_address(host)) {
    subnet = {.address = *whole, .prefix = static_cast<std::uint8_t>(whole->bits())};
  } else if (const auto part = parse_short_ipv4(host)) {
    subnet = *part;
  } else {
    return std::nullopt;
  }
  if (slash != text.npos) {
    const auto prefix = parse_integer<std::uint8_t>(text.substr(slash + 1));
    if (!prefix || *prefix > subnet.address.bits()) return std::nullopt;
    subnet.prefix = *prefix;
  }
  subnet.address = first_bits(subnet.address, subnet.prefix);
  return subnet;
}

std::string to_text(const Subnet& subnet) {
  if (!subnet.address.is_set()) return "any";
  return to_text(subnet.address) + "/" + std::to_string(subnet.prefix);
}

}  // namespace ntp
