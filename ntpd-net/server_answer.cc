// The order of the tests is chronyd's: form, access, mode; rate and MAC are the caller's next.
#include "ntpd-net/server_answer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/wire/refid.h"
#include "ntpd-net/server_nts.h"

namespace ntp {
namespace {

constexpr std::uint16_t ntp_port = 123;
constexpr Nanos unsynchronised_root = 1s;  // as chronyd says while it knows nothing

Count count_of(Malformed malformed) {
  switch (malformed) {
    case Malformed::short_datagram: return Count::short_datagram;
    case Malformed::ragged_length: return Count::ragged_length;
    case Malformed::long_datagram: return Count::long_datagram;
    case Malformed::bad_extension: return Count::bad_extension;
    case Malformed::bad_mac_length: return Count::bad_mac_length;
  }
  return Count::short_datagram;
}

// How we answer a mode, if at all. Mode 0 is what NTPv1 clients send (RFC 1059: the mode
// follows from the ports).
std::optional<Mode> answer_mode(const Header& request, std::uint16_t port) {
  switch (request.mode) {
    case Mode::client: return Mode::server;
    case Mode::active: return Mode::passive;
    case Mode::reserved:
      if (request.version == 1 && port != ntp_port) return Mode::server;
      return std::nullopt;
    case Mode::passive:
    case Mode::server:
    case Mode::broadcast:
    case Mode::control:
    case Mode::priv: return std::nullopt;
  }
  return std::nullopt;
}

std::uint64_t fuzzed(WireTime time, std::int8_t precision_log2, std::uint64_t random) {
  const int width = std::clamp(32 + precision_log2, 1, 32);
  const std::uint64_t mask = (UINT64_C(1) << width) - 1;
  return (time.bits & ~mask) | (random & mask);
}

}  // namespace

std::optional<Count> read_request(Octets datagram, const Endpoint& from, const AccessPage& access,
                                  Request& request) {
  if (const auto malformed = read_header(datagram, request.header)) return count_of(*malformed);
  const std::uint8_t version = request.header.version;
  if (version < 1 || version > 4) return Count::unwanted_version;
  const auto tail = split_tail(datagram, version);
  if (!tail) return count_of(tail.error());
  request.tail = *tail;
  if (!is_allowed(access, from.address)) return Count::denied;
  const auto mode = answer_mode(request.header, from.port);
  if (!mode) return Count::unwanted_mode;
  request.answer_mode = *mode;
  return std::nullopt;
}

Result<const Key*, Count> check_request_mac(const Request& request, const KeyStore& keys) {
  const Tail& tail = request.tail;
  if (tail.crypto_nak) return std::unexpected{Count::bad_mac};
  if (!tail.extensions.empty() && wants_nts(tail)) return std::unexpected{Count::unknown_key};
  if (!tail.has_mac()) return nullptr;
  const Key* key = keys.find(key_id_of(tail.mac));
  if (key == nullptr) return std::unexpected{Count::unknown_key};
  if (!is_authentic(*key, tail.covered, tail.mac, request.header.version))
    return std::unexpected{Count::bad_mac};
  return key;
}

Serving prepare_serving(const ServedState& state, const Reading& now) {
  Serving serving{.base = {.mode = Mode::server, .precision_log2 = state.precision_log2},
                  .now = now,
                  .system_rate = state.system_rate};
  // Whoever writes the page may be late: the second has passed when its moment has.
  const bool has_leapt = state.leap_jump != Nanos{0} && now.raw >= state.leap_at;
  Rate utc_rate{};  // UTC gained per second of the machine's clock, minus one
  if (state.from_system_clock) {
    serving.utc_now = UtcTime{now.system.since_zero};
  } else {
    serving.utc_now = state.line.at(now.raw);
    utc_rate = state.line.rate - state.system_rate;
    if (has_leapt) serving.utc_now += state.leap_jump;
  }
  serving.wire_now = to_wire(serving.utc_now);
  serving.wire_per_nano = static_cast<std::int64_t>(
      std::ldexp((1 + utc_rate.fraction) / 1e9, 32 + Serving::wire_scale));
  Header& base = serving.base;
  base.leap = has_leapt && state.leap != Leap::unsynchronised ? Leap::none : state.leap;
  if (state.reference != UtcTime{}) base.reference = to_wire(state.reference);
  if (state.leap == Leap::unsynchronised || state.stratum == 0 || state.stratum > 15) {
    base.leap = Leap::unsynchronised;
    base.stratum = 0;
    base.refid = refid_unsynchronised;
    base.root_delay = to_short(unsynchronised_root);
    base.root_dispersion = to_short(unsynchronised_root);
    return serving;
  }
  base.stratum = state.stratum;
  base.refid = state.refid;
  base.root_delay = to_short(state.root_delay);
  base.root_dispersion = to_short(state.root_dispersion_at(now.raw));
  return serving;
}

WireTime receive_time(WireTime time, std::int8_t precision_log2, std::uint64_t random) {
  return {fuzzed(time, precision_log2, random) | 1};
}

WireTime transmit_time(WireTime time, std::int8_t precision_log2, std::uint64_t random) {
  const std::uint64_t bits = fuzzed(time, precision_log2, random) & ~UINT64_C(1);
  return {bits == 0 ? 2 : bits};
}

Header make_answer(const Request& request, const Serving& serving, WireTime receive,
                   WireTime transmit, bool interleaved, int least_poll_log2) {
  Header answer = serving.base;
  answer.version = request.header.version;
  answer.mode = request.answer_mode;
  answer.poll_log2 =
      static_cast<std::int8_t>(std::max<int>(request.header.poll_log2, least_poll_log2));
  answer.origin = interleaved ? request.header.receive : request.header.transmit;
  answer.receive = receive;
  answer.transmit = transmit;
  // A time that repeats the origin would tell the client the wrong mode (RFC 9769).
  if (answer.receive == answer.origin) answer.receive.bits ^= 2;
  if (answer.transmit == answer.origin) answer.transmit.bits ^= 2;
  return answer;
}

Header make_kiss(const Request& request, const Serving& serving, WireTime receive,
                 WireTime transmit, int least_poll_log2, std::uint32_t code) {
  Header kiss = make_answer(request, serving, receive, transmit, false, least_poll_log2);
  kiss.leap = Leap::unsynchronised;
  kiss.stratum = 0;
  kiss.refid = code;
  return kiss;
}

void write_transmit(WireTime time, WritableOctets answer) {
  constexpr std::size_t origin_at = 24, transmit_at = 40;
  std::uint64_t bits = from_big_endian(time.bits);
  if (std::memcmp(&answer[origin_at], &bits, sizeof bits) == 0)
    bits ^= from_big_endian(UINT64_C(2));
  std::memcpy(&answer[transmit_at], &bits, sizeof bits);
}

std::size_t seal_answer(const Key* key, WritableOctets answer) {
  if (key == nullptr) return header_size;
  const auto version = static_cast<std::uint8_t>(std::to_integer<unsigned>(answer[0]) >> 3 & 7);
  const Mac mac = make_mac(*key, answer.first(header_size), version);
  Writer out{answer.subspan(header_size)};
  out.put(mac.view());
  return header_size + mac.size;
}

std::size_t write_answer(const Header& header, const Key* key, WritableOctets into) {
  write_header(header, into);
  return seal_answer(key, into);
}

}  // namespace ntp
