// What a request gets: the rules of the server role, as functions of values. Which requests
// are answered, what stands in the answer, and that it is never longer than the request.
// Reads no clock, makes no call; RFC 5905 section 9.2, RFC 9769, and where those leave a
// choice, as chronyd does.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/address.h"
#include "common/time/clocks.h"
#include "common/wire/authenticator.h"
#include "common/wire/extension.h"
#include "common/wire/header.h"
#include "common/wire/refid.h"
#include "ntpd-net/access.h"
#include "ntpd-net/served_state.h"
#include "ntpd-net/server_counters.h"

namespace ntp {

inline constexpr std::size_t most_answer = header_size + most_mac_v3;

// A well-formed request from somebody who may ask. Views into the datagram.
struct Request {
  Header header{};
  Tail tail{};
  Mode answer_mode = Mode::server;

  // The client means to use interleaved mode: its origin is a receive time of ours, which
  // is odd, and its two times differ (RFC 9769 section 2).
  [[nodiscard]] bool may_interleave() const {
    return (header.origin.bits & 1) != 0 && header.receive != header.transmit;
  }
};

// Reads into `request`, where it stays: copies cost more than the reading. The reason for silence
// is the counter it goes to; nullopt is none.
[[nodiscard]] std::optional<Count> read_request(Octets datagram, const Endpoint& from,
                                                const AccessPage& access, Request& request);

// The key that authenticated the request; null when it asked for no MAC.
[[nodiscard]] Result<const Key*, Count> check_request_mac(const Request& request,
                                                          const KeyStore& keys);

// What is served at one instant; made once a batch.
struct Serving {
  static constexpr int wire_scale = 59;  // the largest that leaves room for any rate below 2

  Header base{};  // everything that is the same in each answer
  Reading now{};
  UtcTime utc_now{};
  Rate system_rate{};  // the machine's clock gained per raw second, minus one

  WireTime wire_now{};             // utc_now
  std::int64_t wire_per_nano = 0;  // of the machine's clock, in 2^-(32 + wire_scale) s

  // The time to say for a moment that the machine's clock showed as `stamp`, near `now`. One
  // multiplication: it is done twice for each answer.
  [[nodiscard]] WireTime wire_of(SystemTime stamp) const {
    const __int128 since = (stamp - now.system).count();
    return {wire_now.bits + static_cast<std::uint64_t>(since * wire_per_nano >> wire_scale)};
  }
  // What the machine's clock showed at `raw`, near `now`.
  [[nodiscard]] SystemTime system_of(RawTime raw) const {
    const Nanos since = raw - now.raw;
    return now.system + since + system_rate * since;
  }
};

[[nodiscard]] Serving prepare_serving(const ServedState& state, const Reading& now);

// A stamp of the kernel is believed when it is not ahead of the clock and not older than
// this: otherwise the clock was stepped, or the queue was that long.
inline constexpr Nanos oldest_stamp{1s};
[[nodiscard]] constexpr bool is_plausible(SystemTime stamp, SystemTime now) {
  return stamp <= now && now - stamp <= oldest_stamp;
}

// Times as they are sent: below the clock's precision they are random, receive times are
// odd and transmit times even, so that a later origin tells which of them it repeats.
[[nodiscard]] WireTime receive_time(WireTime time, std::int8_t precision_log2,
                                    std::uint64_t random);
[[nodiscard]] WireTime transmit_time(WireTime time, std::int8_t precision_log2,
                                     std::uint64_t random);

// The header of the answer; the caller has both times. `interleaved` when `transmit` is the
// departure of the previous answer.
[[nodiscard]] Header make_answer(const Request& request, const Serving& serving, WireTime receive,
                                 WireTime transmit, bool interleaved, int least_poll_log2);

// A kiss: slow down, or another code. At stratum 0 its times are for nobody to use.
[[nodiscard]] Header make_kiss(const Request& request, const Serving& serving, WireTime receive,
                               WireTime transmit, int least_poll_log2,
                               std::uint32_t code = kiss_rate);

// Another transmit time for an answer that write_header has written; its origin is never repeated.
void write_transmit(WireTime time, WritableOctets answer);
// After a header, in place: its MAC when there is a key. The length of the whole, never longer
// than the request, by construction: a MAC is only sent for a MAC of the same length.
[[nodiscard]] std::size_t seal_answer(const Key* key, WritableOctets answer);
// A header and what seal_answer adds to it.
[[nodiscard]] std::size_t write_answer(const Header& header, const Key* key, WritableOctets into);

}  // namespace ntp
