// The primitive types of the monitoring protocol (version 6) and one codec for every body:
// a body is a plain struct whose `wire_order` names its members as they follow on the wire.
// Everything is big-endian and without holes. Knows no command and no meaning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "common/base/address.h"
#include "common/base/octets.h"
#include "common/time/instants.h"

namespace ntp::control {

// The protocol's 32-bit float: 7 bits of exponent e, 25 bits of coefficient c, both two's
// complement; value = c * 2^(e-25). NaN becomes 0, what is too large saturates.
[[nodiscard]] std::uint32_t encode_float(double value);
[[nodiscard]] double decode_float(std::uint32_t word);

// 20 octets on the wire: an address, or the ID of a source whose name has none yet, or nothing.
struct SourceAddress {
  Address address{};  // unset when `id` is there
  std::optional<std::uint32_t> id{};

  [[nodiscard]] constexpr bool is_set() const { return address.is_set() || id.has_value(); }
  constexpr auto operator<=>(const SourceAddress&) const = default;
};

// A name in 256 octets, NUL-terminated; `has_end` is false when a peer left the NUL out.
struct Name {
  std::array<char, 256> octets{};

  [[nodiscard]] bool has_end() const { return octets.back() == '\0'; }
  [[nodiscard]] std::string_view text() const;
  constexpr bool operator==(const Name&) const = default;
};
// Cuts what does not fit in 255 octets.
[[nodiscard]] Name name_of(std::string_view text);

// N reserved octets: zero when written, ignored when read.
template <std::size_t N>
struct Reserved {};

namespace detail {

template <typename T>
concept HasWireOrder = requires {
  T::wire_order;
};

void put(Writer& out, double value);
void put(Writer& out, const SourceAddress& address);
void put(Writer& out, UtcTime time);
void put(Writer& out, const Name& name);
void take(Cursor& in, double& value);
void take(Cursor& in, SourceAddress& address);
void take(Cursor& in, UtcTime& time);
void take(Cursor& in, Name& name);

template <typename T>
struct Wire;

}  // namespace detail

// Octets that a body takes on the wire, without its header.
template <typename Body>
inline constexpr std::size_t wire_size = detail::Wire<Body>::size;

// REQUIRES: room for (or presence of) wire_size<Body> octets.
template <typename Body>
void encode(const Body& body, Writer& out) {
  detail::Wire<Body>::put(out, body);
}
template <typename Body>
[[nodiscard]] Body decode(Cursor& in) {
  Body body{};
  detail::Wire<Body>::take(in, body);
  return body;
}

namespace detail {

template <typename T>
requires std::is_integral_v<T> || std::is_enum_v<T>
struct Wire<T> {
  using Number = std::make_unsigned_t<T>;
  static constexpr std::size_t size = sizeof(T);
  static void put(Writer& out, T value) { out.put(static_cast<Number>(value)); }
  static void take(Cursor& in, T& value) { value = static_cast<T>(in.take<Number>()); }
};

template <typename T, std::size_t Size>
struct Primitive {
  static constexpr std::size_t size = Size;
  static void put(Writer& out, const T& value) { detail::put(out, value); }
  static void take(Cursor& in, T& value) { detail::take(in, value); }
};
template <>
struct Wire<double> : Primitive<double, 4> {};
template <>
struct Wire<SourceAddress> : Primitive<SourceAddress, 20> {};
template <>
struct Wire<UtcTime> : Primitive<UtcTime, 12> {};
template <>
struct Wire<Name> : Primitive<Name, 256> {};

template <>
struct Wire<Seconds> {
  static constexpr std::size_t size = 4;
  static void put(Writer& out, Seconds value) { detail::put(out, value.count()); }
  static void take(Cursor& in, Seconds& value) {
    double number = 0;
    detail::take(in, number);
    value = Seconds{number};
  }
};
// In parts per million on the wire.
template <>
struct Wire<Rate> {
  static constexpr std::size_t size = 4;
  static void put(Writer& out, Rate value) { detail::put(out, value.ppm()); }
  static void take(Cursor& in, Rate& value) {
    double number = 0;
    detail::take(in, number);
    value = ppm(number);
  }
};

template <typename T, std::size_t N>
struct Wire<std::array<T, N>> {
  static constexpr std::size_t size = N * Wire<T>::size;
  static void put(Writer& out, const std::array<T, N>& values) {
    for (const T& value : values) Wire<T>::put(out, value);
  }
  static void take(Cursor& in, std::array<T, N>& values) {
    for (T& value : values) Wire<T>::take(in, value);
  }
};

// One entry of a wire_order: a member, or octets that mean nothing.
template <typename Body, typename T>
constexpr std::size_t entry_size(T Body::*) {
  return Wire<T>::size;
}
template <typename Body, std::size_t N>
constexpr std::size_t entry_size(Reserved<N>) {
  return N;
}
template <typename Body, typename T>
void put_entry(Writer& out, const Body& body, T Body::*member) {
  Wire<T>::put(out, body.*member);
}
template <typename Body, std::size_t N>
void put_entry(Writer& out, const Body&, Reserved<N>) {
  out.zero(N);
}
template <typename Body, typename T>
void take_entry(Cursor& in, Body& body, T Body::*member) {
  Wire<T>::take(in, body.*member);
}
template <typename Body, std::size_t N>
void take_entry(Cursor& in, Body&, Reserved<N>) {
  in.skip(N);
}

template <HasWireOrder Body>
struct Wire<Body> {
  static constexpr std::size_t size =
      std::apply([](auto... entries) { return (std::size_t{0} + ... + entry_size<Body>(entries)); },
                 Body::wire_order);
  static void put(Writer& out, const Body& body) {
    std::apply([&](auto... entries) { (put_entry(out, body, entries), ...); }, Body::wire_order);
  }
  static void take(Cursor& in, Body& body) {
    std::apply([&](auto... entries) { (take_entry(in, body, entries), ...); }, Body::wire_order);
  }
};

}  // namespace detail
}  // namespace ntp::control
