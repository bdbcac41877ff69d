// Big-endian octets in and out of a bounded span. A cursor cannot overrun: callers
// check the length once, and a read past the end is our own mistake (ENSURE).
// Knows no message format.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "common/base/ensure.h"

namespace ntp {

using Octets = std::span<const std::byte>;
using WritableOctets = std::span<std::byte>;

template <std::unsigned_integral T>
constexpr T from_big_endian(T value) {
  if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) return value;
  else return std::byteswap(value);
}

// Reads network-order integers from the front of a span.
class Cursor {
 public:
  constexpr explicit Cursor(Octets octets) : rest_{octets} {}

  template <std::unsigned_integral T>
  [[nodiscard]] T take() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return from_big_endian(value);
  }
  // REQUIRES: count <= remaining().
  Octets take(std::size_t count) {
    ENSURE(count <= rest_.size());
    const Octets taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  void skip(std::size_t count) { take(count); }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] Octets rest() const { return rest_; }

 private:
  Octets rest_;
};

// Writes network-order integers to the front of a span.
class Writer {
 public:
  constexpr explicit Writer(WritableOctets octets) : whole_{octets} {}

  template <std::unsigned_integral T>
  void put(T value) {
    const T ordered = from_big_endian(value);
    put(Octets{reinterpret_cast<const std::byte*>(&ordered), sizeof(T)});
  }
  // REQUIRES: octets.size() <= remaining().
  void put(Octets octets) {
    ENSURE(octets.size() <= remaining());
    if (!octets.empty()) std::memcpy(whole_.data() + used_, octets.data(), octets.size());
    used_ += octets.size();
  }
  void zero(std::size_t count) {
    ENSURE(count <= remaining());
    if (count != 0) std::memset(whole_.data() + used_, 0, count);
    used_ += count;
  }
  [[nodiscard]] std::size_t remaining() const { return whole_.size() - used_; }
  [[nodiscard]] Octets written() const { return whole_.first(used_); }

 private:
  WritableOctets whole_;
  std::size_t used_ = 0;
};

}  // namespace ntp
