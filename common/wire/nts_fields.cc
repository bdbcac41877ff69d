// See nts_fields.h.
#include "common/wire/nts_fields.h"

#include <algorithm>

namespace ntp {
namespace {

constexpr std::size_t field_head = 4;
constexpr std::size_t authenticator_head = 4;    // lengths of nonce and ciphertext
constexpr std::size_t most_cookie_octets = 864;  // of a request, with their field heads

constexpr std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

bool is(const Extension& field, ExtensionType type) {
  return field.type == static_cast<std::uint16_t>(type);
}

struct Authenticator {
  Octets nonce, sealed;
};

std::optional<Authenticator> split_authenticator(Octets value) {
  if (value.size() < authenticator_head) return std::nullopt;
  Cursor in{value};
  const std::size_t nonce = in.take<std::uint16_t>();
  const std::size_t sealed = in.take<std::uint16_t>();
  // The area of the nonce is at least 16 octets, so that nobody saves on it (RFC 8915 5.6).
  const std::size_t area = std::max(padded(nonce), siv_nonce_size);
  if (nonce == 0 || sealed < siv_tag_size || in.remaining() < area + padded(sealed))
    return std::nullopt;
  Authenticator out;
  out.nonce = in.rest().first(nonce);
  out.sealed = in.rest().subspan(padded(nonce), sealed);
  return out;
}

// Appends the authenticator that seals `plain` and covers all of `out` so far.
void write_authenticator(WritableOctets packet, std::size_t& used, Octets plain, const SivKey& key,
                         const SivNonce& nonce, std::size_t padding) {
  std::array<std::byte, most_nts_datagram> sealed;
  const WritableOctets room = WritableOctets{sealed}.first(plain.size() + siv_tag_size);
  siv_seal(key, packet.first(used), nonce, plain, room);
  Writer out{packet.subspan(used)};
  const std::size_t length =
      field_head + authenticator_head + siv_nonce_size + padded(room.size()) + padding;
  out.put(static_cast<std::uint16_t>(ExtensionType::nts_authenticator));
  out.put(static_cast<std::uint16_t>(length));
  out.put(static_cast<std::uint16_t>(siv_nonce_size));
  out.put(static_cast<std::uint16_t>(room.size()));
  out.put(Octets{nonce});
  out.put(Octets{room});
  out.zero(padded(room.size()) - room.size() + padding);
  used += length;
}

void append(WritableOctets packet, std::size_t& used, ExtensionType type, Octets value) {
  Writer out{packet.subspan(used)};
  write_extension(out, type, value);
  used += out.written().size();
}

// Cookies among the decrypted fields; false when these are no fields.
bool take_cookies(Octets plain, NtsAnswer& answer) {
  Cursor in{plain};
  while (in.remaining() >= field_head) {
    const auto type = in.take<std::uint16_t>();
    const std::size_t length = in.take<std::uint16_t>();
    if (length < field_head || length % 4 != 0 || length - field_head > in.remaining())
      return false;
    const Octets value = in.take(length - field_head);
    if (type != static_cast<std::uint16_t>(ExtensionType::nts_cookie)) continue;
    if (answer.count < most_cookies &&
        answer.cookies[static_cast<std::size_t>(answer.count)].set(value))
      ++answer.count;
  }
  return in.remaining() == 0;
}

}  // namespace

bool Cookie::set(Octets value) {
  if (value.empty() || value.size() > most_cookie || value.size() % 4 != 0) return false;
  std::ranges::copy(value, octets.begin());
  size = static_cast<std::uint16_t>(value.size());
  return true;
}

int placeholders_that_fit(int wanted, std::size_t cookie_size) {
  const int fit = static_cast<int>(most_cookie_octets / (cookie_size + field_head)) - 1;
  return std::clamp(wanted, 0, std::max(fit, 0));
}

std::size_t write_nts_request(WritableOctets packet, const NtsIdentifier& identifier,
                              const Cookie& cookie, int placeholders, const SivKey& key,
                              const SivNonce& nonce) {
  ENSURE(packet.size() >= most_nts_datagram);
  constexpr std::array<std::byte, most_cookie> zeros{};
  std::size_t used = header_size;
  append(packet, used, ExtensionType::unique_identifier, identifier);
  append(packet, used, ExtensionType::nts_cookie, cookie.view());
  for (int i = 0; i < placeholders; ++i)
    append(packet, used, ExtensionType::nts_cookie_placeholder, Octets{zeros}.first(cookie.size));
  write_authenticator(packet, used, {}, key, nonce, 0);
  return used;
}

Result<NtsAnswer, NtsRefusal> open_nts_answer(const Tail& tail, const NtsIdentifier& identifier,
                                              const SivKey& key) {
  bool identified = false;
  std::optional<Extension> authenticator;
  std::size_t offset = 0;
  while (const auto field = next_extension(tail, offset)) {
    if (authenticator) return std::unexpected{NtsRefusal::incomplete};  // it must be the last
    if (is(*field, ExtensionType::unique_identifier)) {
      if (identified) return std::unexpected{NtsRefusal::incomplete};
      if (!std::ranges::equal(field->value, identifier))
        return std::unexpected{NtsRefusal::other_identifier};
      identified = true;
    } else if (is(*field, ExtensionType::nts_authenticator)) {
      authenticator = field;
    }
  }
  if (!identified || tail.has_mac()) return std::unexpected{NtsRefusal::incomplete};
  if (!authenticator) return std::unexpected{NtsRefusal::nak};
  const auto parts = split_authenticator(authenticator->value);
  if (!parts) return std::unexpected{NtsRefusal::incomplete};
  if (parts->sealed.size() > most_nts_datagram) return std::unexpected{NtsRefusal::incomplete};
  std::array<std::byte, most_nts_datagram> plain;
  const WritableOctets room = WritableOctets{plain}.first(parts->sealed.size() - siv_tag_size);
  if (!siv_open(key, authenticator->before, parts->nonce, parts->sealed, room))
    return std::unexpected{NtsRefusal::unauthentic};
  NtsAnswer answer;
  if (!take_cookies(room, answer)) return std::unexpected{NtsRefusal::incomplete};
  if (answer.count == 0) return std::unexpected{NtsRefusal::no_cookie};
  return answer;
}

Result<NtsRequest, NtsRefusal> read_nts_request(const Tail& tail) {
  NtsRequest request;
  bool closed = false;
  std::size_t offset = 0;
  while (const auto field = next_extension(tail, offset)) {
    if (closed) return std::unexpected{NtsRefusal::incomplete};
    if (is(*field, ExtensionType::unique_identifier)) {
      if (!request.identifier.empty()) return std::unexpected{NtsRefusal::incomplete};
      request.identifier = field->value;
    } else if (is(*field, ExtensionType::nts_cookie)) {
      if (!request.cookie.empty()) return std::unexpected{NtsRefusal::incomplete};
      request.cookie = field->value;
    } else if (is(*field, ExtensionType::nts_cookie_placeholder)) {
      ++request.placeholders;
      // Only as long as the cookie that came before: no reply may be longer than its request.
      if (field->value.size() != request.cookie.size())
        return std::unexpected{NtsRefusal::incomplete};
    } else if (is(*field, ExtensionType::nts_authenticator)) {
      const auto parts = split_authenticator(field->value);
      if (!parts) return std::unexpected{NtsRefusal::incomplete};
      request.covered = field->before;
      request.nonce = parts->nonce;
      request.sealed = parts->sealed;
      closed = true;
    }
  }
  if (!closed || request.identifier.empty() || request.cookie.empty() || tail.has_mac())
    return std::unexpected{NtsRefusal::incomplete};
  return request;
}

bool is_authentic(const NtsRequest& request, const SivKey& key) {
  if (request.sealed.size() > most_nts_datagram) return false;
  std::array<std::byte, most_nts_datagram> plain;
  return siv_open(key, request.covered, request.nonce, request.sealed,
                  WritableOctets{plain}.first(request.sealed.size() - siv_tag_size));
}

std::size_t write_nts_answer(WritableOctets packet, Octets identifier,
                             std::span<const Cookie> cookies, const SivKey& key,
                             const SivNonce& nonce, std::size_t length) {
  std::size_t used = header_size;
  append(packet, used, ExtensionType::unique_identifier, identifier);
  const std::size_t overhead =
      used + field_head + authenticator_head + siv_nonce_size + siv_tag_size;
  std::array<std::byte, most_nts_datagram> plain;
  std::size_t size = 0;
  for (const Cookie& cookie : cookies) {
    if (overhead + size + field_head + cookie.size > length) break;
    Writer out{WritableOctets{plain}.subspan(size)};
    write_extension(out, ExtensionType::nts_cookie, cookie.view(), field_head);
    size += out.written().size();
  }
  const std::size_t padding = length > overhead + size ? length - overhead - size : 0;
  write_authenticator(packet, used, Octets{plain}.first(size), key, nonce, padding);
  return used;
}

std::size_t write_nts_nak(WritableOctets packet, Octets identifier) {
  std::size_t used = header_size;
  Writer out{packet.subspan(used)};
  // Alone in the packet it is the last field, which has a least length of its own.
  write_extension(out, ExtensionType::unique_identifier, identifier, least_last_extension);
  return used + out.written().size();
}

}  // namespace ntp
