// Floats, addresses, instants and names to and from octets. Pure.
#include "common/control/codec.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ntp::control {

namespace {
constexpr std::uint16_t family_id = 3;
constexpr int coefficient_bits = 25;
constexpr int exponent_max = 63;
constexpr int exponent_min = -64;
constexpr std::int64_t coefficient_max = (1 << (coefficient_bits - 1)) - 1;
constexpr std::uint32_t coefficient_mask = (1U << coefficient_bits) - 1;
constexpr std::uint32_t time_high_none = 0x7fffffff;  // "the upper half is not known"
constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t most_seconds = 9'200'000'000;  // what Nanos holds, in year 2261
}  // namespace

std::uint32_t encode_float(double value) {
  const bool negative = value < 0;
  const double size = std::fabs(value);
  if (!(size >= 1e-100)) return 0;  // NaN as well
  const std::int64_t most = coefficient_max + (negative ? 1 : 0);

  int exponent = exponent_max + 1;
  std::int64_t coefficient = most;
  if (size <= 1e100) {
    exponent = static_cast<int>(std::log(size) / std::log(2.0) + 1.0);
    coefficient = static_cast<std::int64_t>(std::ldexp(size, coefficient_bits - exponent) + 0.5);
    for (; coefficient > most; ++exponent) coefficient >>= 1;
  }
  if (exponent > exponent_max) {
    exponent = exponent_max;
    coefficient = most;
  } else if (exponent < exponent_min) {
    if (exponent + coefficient_bits < exponent_min) return 0;
    coefficient >>= exponent_min - exponent;
    exponent = exponent_min;
  }
  if (negative) coefficient = -coefficient;
  return static_cast<std::uint32_t>(exponent) << coefficient_bits |
         (static_cast<std::uint32_t>(coefficient) & coefficient_mask);
}

double decode_float(std::uint32_t word) {
  // Arithmetic shifts extend the two signs.
  const auto exponent = static_cast<std::int32_t>(word) >> coefficient_bits;
  const auto coefficient =
      static_cast<std::int32_t>(word << (32 - coefficient_bits)) >> (32 - coefficient_bits);
  return std::ldexp(static_cast<double>(coefficient), exponent - coefficient_bits);
}

std::string_view Name::text() const {
  return {octets.data(),
          static_cast<std::size_t>(std::ranges::find(octets, '\0') - octets.begin())};
}

Name name_of(std::string_view text) {
  Name name;
  std::ranges::copy(text.substr(0, name.octets.size() - 1), name.octets.begin());
  return name;
}

namespace detail {

void put(Writer& out, double value) { out.put(encode_float(value)); }
void take(Cursor& in, double& value) { value = decode_float(in.take<std::uint32_t>()); }

void put(Writer& out, const SourceAddress& source) {
  if (source.id) {
    out.put(*source.id);
    out.zero(12);
    out.put(family_id);
  } else {
    out.put(std::as_bytes(std::span{source.address.octets}));
    out.put(static_cast<std::uint16_t>(source.address.family));
  }
  out.zero(2);
}

// What the family does not use is cleared, so that equal addresses compare equal.
void take(Cursor& in, SourceAddress& source) {
  source = {};
  const Octets octets = in.take(16);
  const auto family = in.take<std::uint16_t>();
  in.skip(2);
  if (family == family_id) {
    source.id = Cursor{octets}.take<std::uint32_t>();
  } else if (family == static_cast<std::uint16_t>(Family::ipv4)) {
    source.address = ipv4_address(Cursor{octets}.take<std::uint32_t>());
  } else if (family == static_cast<std::uint16_t>(Family::ipv6)) {
    source.address.family = Family::ipv6;
    std::memcpy(source.address.octets.data(), octets.data(), octets.size());
  }
}

void put(Writer& out, UtcTime time) {
  std::int64_t seconds = time.since_zero.count() / ns_per_second;
  std::int64_t ns = time.since_zero.count() % ns_per_second;
  if (ns < 0) {
    ns += ns_per_second;
    --seconds;
  }
  out.put(static_cast<std::uint64_t>(seconds));
  out.put(static_cast<std::uint32_t>(ns));
}

// Out of range saturates: what a peer says must not overflow.
void take(Cursor& in, UtcTime& time) {
  auto high = in.take<std::uint32_t>();
  if (high == time_high_none) high = 0;
  const auto low = in.take<std::uint32_t>();
  const auto ns = std::min<std::int64_t>(in.take<std::uint32_t>(), ns_per_second - 1);
  const auto seconds = std::clamp(static_cast<std::int64_t>(std::uint64_t{high} << 32 | low),
                                  -most_seconds, most_seconds);
  time = UtcTime{Nanos{seconds * ns_per_second + ns}};
}

void put(Writer& out, const Name& name) { out.put(std::as_bytes(std::span{name.octets})); }
void take(Cursor& in, Name& name) {
  std::memcpy(name.octets.data(), in.take(name.octets.size()).data(), name.octets.size());
}

}  // namespace detail
}  // namespace ntp::control
