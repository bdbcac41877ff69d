// See server_nts.h.
#include "ntpd-net/server_nts.h"

#include <algorithm>

namespace ntp {

bool wants_nts(const Tail& tail) {
  std::size_t offset = 0;
  while (const auto field = next_extension(tail, offset)) {
    switch (static_cast<ExtensionType>(field->type)) {
      case ExtensionType::unique_identifier:
      case ExtensionType::nts_cookie:
      case ExtensionType::nts_cookie_placeholder:
      case ExtensionType::nts_authenticator: return true;
      case ExtensionType::network_correction:
      case ExtensionType::checksum_complement:
      case ExtensionType::mono_root: break;
    }
  }
  return false;
}

const CookieKeys* NtsResponder::keys() {
  const std::uint64_t sequence = page_->page.sequence();
  if (sequence != sequence_) {
    if (auto fresh = read_cookie_keys(page_->page)) {
      keys_ = *fresh;
      sequence_ = sequence;
    }
  }
  return keys_ ? &*keys_ : nullptr;
}

SivNonce NtsResponder::next_nonce() {
  std::array<std::byte, sizeof counter_> number;
  Writer{number}.put(++counter_);
  SivNonce nonce;
  siv_seal(secret_, {}, number, {}, nonce);
  return nonce;
}

std::optional<NtsReply> NtsResponder::read(const Tail& tail, std::size_t length) {
  const CookieKeys* sealing = keys();
  const auto request = read_nts_request(tail);
  if (sealing == nullptr || !request || length > most_nts_datagram) return std::nullopt;
  NtsReply reply{.identifier = request->identifier, .length = length};
  const auto association = open_cookie(*sealing, request->cookie);
  if (!association || !is_authentic(*request, association->client_to_server)) {
    reply.is_nak = true;
    return reply;
  }
  reply.keys = *association;
  reply.count = std::min(1 + request->placeholders, most_cookies);
  for (int i = 0; i < reply.count; ++i)
    reply.cookies[static_cast<std::size_t>(i)] = make_cookie(*sealing, *association, next_nonce());
  return reply;
}

std::size_t NtsResponder::write(Octets header, const NtsReply& reply, WritableOctets packet) {
  std::ranges::copy(header.first<header_size>(), packet.begin());
  if (reply.is_nak) return write_nts_nak(packet, reply.identifier);
  return write_nts_answer(packet, reply.identifier,
                          std::span{reply.cookies}.first(static_cast<std::size_t>(reply.count)),
                          reply.keys.server_to_client, next_nonce(), reply.length);
}

}  // namespace ntp
