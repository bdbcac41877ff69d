// IPv4 and IPv6 addresses and subnets as plain values: parse, print, compare. Resolves no
// name, opens no socket; turning these into sockaddr is common/os/udp.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ntp {

enum class Family : std::uint8_t { none = 0, ipv4 = 1, ipv6 = 2 };

// A POD of 20 octets without padding that travels in shared pages. IPv4 fills the first four
// octets, the rest is zero; `Family::none` has all octets zero. Scope ids are not kept.
struct Address {
  std::array<std::uint8_t, 16> octets{};
  Family family = Family::none;
  std::array<std::uint8_t, 3> zero{};

  constexpr auto operator<=>(const Address&) const = default;
  [[nodiscard]] constexpr bool is_set() const { return family != Family::none; }
  [[nodiscard]] constexpr int bits() const {
    return family == Family::ipv4 ? 32 : family == Family::ipv6 ? 128 : 0;
  }
  [[nodiscard]] bool is_loopback() const;     // 127.0.0.0/8, ::1
  [[nodiscard]] bool is_unspecified() const;  // 0.0.0.0, ::
};

[[nodiscard]] constexpr Address ipv4_address(std::uint32_t host_order) {
  Address address{.family = Family::ipv4};
  for (int i = 0; i < 4; ++i) {
    address.octets[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return address;
}
// REQUIRES: family is ipv4.
[[nodiscard]] std::uint32_t ipv4_bits(const Address& address);  // host order

inline constexpr Address ipv4_any = ipv4_address(0);
inline constexpr Address ipv4_loopback = ipv4_address(0x7f000001);
inline constexpr Address ipv6_any{.family = Family::ipv6};
inline constexpr Address ipv6_loopback{.octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                                       .family = Family::ipv6};

// "192.0.2.1" or "2001:db8::1"; nothing else (no port, no brackets, no scope, no short IPv4).
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
// The shortest usual form; "" for an unset address.
[[nodiscard]] std::string to_text(const Address& address);

struct Endpoint {
  Address address{};
  std::uint16_t port = 0;

  constexpr auto operator<=>(const Endpoint&) const = default;
};
// "192.0.2.1:123", "[2001:db8::1]:123".
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

// All addresses whose first `prefix` bits are those of `address`. An unset address with prefix
// 0 is every address of both families.
struct Subnet {
  Address address{};
  std::uint8_t prefix = 0;

  constexpr auto operator<=>(const Subnet&) const = default;
  [[nodiscard]] bool contains(const Address& other) const;
};

// chrony's forms: "192.0.2.1", "192.0.2.0/24", "192.0.2" (= /24), "10" and "10.1" likewise,
// "0/0", "2001:db8::/32", "::/0". Bits beyond the prefix are cleared.
[[nodiscard]] std::optional<Subnet> parse_subnet(std::string_view text);
// "192.0.2.0/24"; "any" for both families.
[[nodiscard]] std::string to_text(const Subnet& subnet);

}  // namespace ntp
