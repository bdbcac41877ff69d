// Network Time Security's extension fields in NTP messages (RFC 8915 section 5): what a client
// appends to a request and finds in an answer, what a server finds and appends. Knows no TLS and
// makes no cookie; draws no random bits (the caller gives identifier and nonce).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/wire/extension.h"
#include "common/wire/siv.h"

namespace ntp {

inline constexpr std::size_t nts_identifier_size = 32;
inline constexpr std::size_t most_cookie = 256;  // octets; a multiple of 4
inline constexpr int most_cookies = 8;
// Requests stay below fragmentation, and below what chronyd looks at.
inline constexpr std::size_t most_nts_datagram = 1092;

using NtsIdentifier = std::array<std::byte, nts_identifier_size>;
using SivNonce = std::array<std::byte, siv_nonce_size>;

// What a server gives out and takes back once, unread by the client.
struct Cookie {
  std::array<std::byte, most_cookie> octets{};
  std::uint16_t size = 0;

  [[nodiscard]] Octets view() const { return Octets{octets}.first(size); }
  // False when the length is none that we carry.
  [[nodiscard]] bool set(Octets value);
};

struct NtsKeys {
  SivKey client_to_server{}, server_to_client{};
};

// ---- client --------------------------------------------------------------------------------

// How many further cookies may be asked for with one of `cookie_size`, at most `wanted`.
[[nodiscard]] int placeholders_that_fit(int wanted, std::size_t cookie_size);

// Appends to the header in `packet`; the length of the whole.
// REQUIRES: packet.size() >= most_nts_datagram.
[[nodiscard]] std::size_t write_nts_request(WritableOctets packet, const NtsIdentifier& identifier,
                                            const Cookie& cookie, int placeholders,
                                            const SivKey& key, const SivNonce& nonce);

enum class NtsRefusal : std::uint8_t {
  incomplete,        // not one identifier, one cookie (in requests), one authenticator, in order
  other_identifier,  // the answer to another request
  nak,               // identifier right, no authenticator: the server cannot read our cookie
  unauthentic,
  no_cookie,  // authentic, but brings none
};

struct NtsAnswer {
  std::array<Cookie, most_cookies> cookies{};
  int count = 0;
};

// `tail` is the answer's. A kiss NTSN counts only as `nak`: the header must say it too.
[[nodiscard]] Result<NtsAnswer, NtsRefusal> open_nts_answer(const Tail& tail,
                                                            const NtsIdentifier& identifier,
                                                            const SivKey& key);

// ---- server --------------------------------------------------------------------------------

// Views into the request.
struct NtsRequest {
  Octets identifier;
  Octets cookie;
  int placeholders = 0;
  Octets covered;  // what the authenticator covers
  Octets nonce, sealed;
};

// The parts of a request; nothing is believed yet.
[[nodiscard]] Result<NtsRequest, NtsRefusal> read_nts_request(const Tail& tail);
[[nodiscard]] bool is_authentic(const NtsRequest& request, const SivKey& key);

// Appends to the header in `packet` and pads the answer to `length`, the request's. Writes fewer
// cookies where they do not fit. The length of the whole: never more than `length`.
[[nodiscard]] std::size_t write_nts_answer(WritableOctets packet, Octets identifier,
                                           std::span<const Cookie> cookies, const SivKey& key,
                                           const SivNonce& nonce, std::size_t length);
// The same for a cookie that cannot be read: identifier only.
[[nodiscard]] std::size_t write_nts_nak(WritableOctets packet, Octets identifier);

}  // namespace ntp
