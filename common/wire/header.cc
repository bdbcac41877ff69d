// Octets to Header and back, and the fixed point formats of RFC 5905 section 6.
#include "common/wire/header.h"

#include <algorithm>

namespace ntp {
namespace {

constexpr std::uint64_t seconds_1900_to_1970 = 2'208'988'800;
constexpr std::int64_t second = 1'000'000'000;

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace

WireTime to_wire(UtcTime time) {
  const std::int64_t nanos = time.since_zero.count();
  const std::int64_t whole = floor_divide(nanos, second);
  const auto rest = static_cast<std::uint64_t>(nanos - whole * second);
  const std::uint64_t fraction = ((rest << 32) + second / 2) / second;  // < 2^32 for rest < 1e9
  const std::uint64_t bits =
      ((static_cast<std::uint64_t>(whole) + seconds_1900_to_1970) << 32) + fraction;
  return {bits == 0 ? 1 : bits};
}

UtcTime from_wire(WireTime time, UtcTime pivot) {
  const std::int64_t pivot_second = floor_divide(pivot.since_zero.count(), second);
  const auto unix_second = static_cast<std::uint32_t>((time.bits >> 32) - seconds_1900_to_1970);
  const std::uint32_t ahead = unix_second - static_cast<std::uint32_t>(pivot_second);
  const std::uint64_t fraction = time.bits & 0xffff'ffff;
  const std::uint64_t rest = (fraction * second + (UINT64_C(1) << 31)) >> 32;
  return {Nanos{(pivot_second + ahead) * second + static_cast<std::int64_t>(rest)}};
}

std::uint32_t to_short(Nanos span) {
  if (span.count() <= 0) return 0;
  if (span.count() >= 65'536 * second) return UINT32_MAX;
  const std::uint64_t scaled = (static_cast<std::uint64_t>(span.count()) << 16) + second - 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(scaled / second, UINT32_MAX));
}

Nanos from_short(std::uint32_t span) {
  return Nanos{static_cast<std::int64_t>((static_cast<std::uint64_t>(span) * second) >> 16)};
}

std::int8_t to_precision(Nanos precision) {
  std::int8_t log2 = -32;
  while (log2 < 0 && from_precision(log2) < precision) ++log2;
  return log2;
}

Nanos from_precision(std::int8_t precision_log2) {
  const int log2 = std::clamp<int>(precision_log2, -30, 30);
  if (log2 >= 0) return Nanos{second << std::min(log2, 30)};
  return Nanos{std::max<std::int64_t>(second >> -log2, 1)};
}

std::optional<Malformed> read_header(Octets datagram, Header& header) {
  if (datagram.size() < header_size) return Malformed::short_datagram;
  if (datagram.size() % 4 != 0) return Malformed::ragged_length;
  if (datagram.size() > most_datagram) return Malformed::long_datagram;

  Cursor in{datagram.first<header_size>()};
  const auto first = in.take<std::uint8_t>();
  header.leap = Leap{static_cast<std::uint8_t>(first >> 6)};
  header.version = (first >> 3) & 7;
  header.mode = Mode{static_cast<std::uint8_t>(first & 7)};
  header.stratum = in.take<std::uint8_t>();
  header.poll_log2 = static_cast<std::int8_t>(in.take<std::uint8_t>());
  header.precision_log2 = static_cast<std::int8_t>(in.take<std::uint8_t>());
  header.root_delay = in.take<std::uint32_t>();
  header.root_dispersion = in.take<std::uint32_t>();
  header.refid = in.take<std::uint32_t>();
  header.reference = {in.take<std::uint64_t>()};
  header.origin = {in.take<std::uint64_t>()};
  header.receive = {in.take<std::uint64_t>()};
  header.transmit = {in.take<std::uint64_t>()};
  return std::nullopt;
}

Result<Header, Malformed> parse_header(Octets datagram) {
  Header header;
  if (const auto malformed = read_header(datagram, header)) return std::unexpected{*malformed};
  return header;
}

void write_header(const Header& header, WritableOctets into) {
  Writer out{into.first<header_size>()};
  out.put(static_cast<std::uint8_t>(static_cast<unsigned>(header.leap) << 6 |
                                    (header.version & 7u) << 3 |
                                    static_cast<unsigned>(header.mode)));
  out.put(header.stratum);
  out.put(static_cast<std::uint8_t>(header.poll_log2));
  out.put(static_cast<std::uint8_t>(header.precision_log2));
  out.put(header.root_delay);
  out.put(header.root_dispersion);
  out.put(header.refid);
  out.put(header.reference.bits);
  out.put(header.origin.bits);
  out.put(header.receive.bits);
  out.put(header.transmit.bits);
}

}  // namespace ntp
