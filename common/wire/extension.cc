// RFC 7822's rule for telling the last extension field from a MAC, as chronyd applies it.
#include "common/wire/extension.h"

#include <algorithm>

namespace ntp {
namespace {

Result<Tail, Malformed> split_old_tail(Octets datagram) {
  Tail tail{.covered = datagram.first(header_size), .extensions = {}, .mac = {}};
  const Octets rest = datagram.subspan(header_size);
  if (rest.empty()) return tail;
  if (rest.size() < least_mac || rest.size() > most_mac_v3)
    return std::unexpected{Malformed::bad_mac_length};
  tail.mac = rest;
  return tail;
}

bool is_mac_length(std::size_t size) { return size >= least_mac && size <= most_mac_v4; }

// The length of the field at the front of `rest`, or 0 when it cannot be one.
std::size_t extension_length(Octets rest) {
  if (rest.size() < least_last_extension) return 0;
  Cursor in{rest};
  in.skip(2);
  const std::size_t length = in.take<std::uint16_t>();
  const bool possible = length >= least_extension && length % 4 == 0 && length <= rest.size();
  return possible ? length : 0;
}

}  // namespace

Result<Tail, Malformed> split_tail(Octets datagram, std::uint8_t version) {
  if (version <= 3) return split_old_tail(datagram);
  std::size_t end = header_size;
  for (;;) {
    const Octets rest = datagram.subspan(end);
    Tail tail{.covered = datagram.first(end),
              .extensions = datagram.subspan(header_size, end - header_size),
              .mac = {}};
    if (rest.empty()) return tail;
    if (rest.size() == 4) {
      if (Cursor{rest}.take<std::uint32_t>() != 0)
        return std::unexpected{Malformed::bad_mac_length};
      tail.crypto_nak = true;
      return tail;
    }
    if (is_mac_length(rest.size())) {
      tail.mac = rest;
      return tail;
    }
    const std::size_t length = extension_length(rest);
    if (length == 0) return std::unexpected{Malformed::bad_extension};
    end += length;
  }
}

std::optional<Extension> next_extension(const Tail& tail, std::size_t& offset) {
  if (offset >= tail.extensions.size()) return std::nullopt;
  Cursor in{tail.extensions.subspan(offset)};
  Extension field{.type = in.take<std::uint16_t>(),
                  .value = {},
                  .before = tail.covered.first(header_size + offset)};
  const std::size_t length = in.take<std::uint16_t>();
  field.value = in.take(length - 4);
  offset += length;
  return field;
}

void write_extension(Writer& out, ExtensionType type, Octets value, std::size_t least) {
  const std::size_t length = std::max(least, (value.size() + 4 + 3) / 4 * 4);
  out.put(static_cast<std::uint16_t>(type));
  out.put(static_cast<std::uint16_t>(length));
  out.put(value);
  out.zero(length - 4 - value.size());
}

}  // namespace ntp
