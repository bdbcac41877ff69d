// Any octets as an NTP message: refused, or split into parts that cover it exactly, lie inside
// it and mean the same after they were written by us and read again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/wire/extension.h"

namespace {

using namespace ntp;

bool lies_inside(Octets part, Octets whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_header(const Header& header) {
  std::array<std::byte, header_size> written{};
  write_header(header, written);
  const auto again = parse_header(written);
  ENSURE(again && *again == header);
  ENSURE(to_short(from_short(header.root_delay)) == header.root_delay);
  if (header.transmit.is_zero()) return;
  const UtcTime time = from_wire(header.transmit);
  ENSURE(from_wire(to_wire(time)) == time);
}

// Writes the fields that were found, all padded alike, and finds them again.
void check_fields(const Tail& tail) {
  std::array<std::byte, 2 * most_datagram> written{};
  Writer out{written};
  out.put(tail.covered.first(header_size));
  std::size_t offset = 0, fields = 0;
  while (const auto field = next_extension(tail, offset)) {
    write_extension(out, ExtensionType{field->type}, field->value, least_last_extension);
    ++fields;
  }
  ENSURE(offset == tail.extensions.size());
  const auto again = split_tail(out.written(), 4);
  ENSURE(again && !again->has_mac());
  offset = 0;
  std::size_t original = 0;
  for (; fields > 0; --fields) {
    const auto first = next_extension(tail, original);
    const auto second = next_extension(*again, offset);
    ENSURE(first && second && first->type == second->type);
    ENSURE(second->value.size() >= first->value.size());
    ENSURE(std::ranges::equal(second->value.first(first->value.size()), first->value));
  }
  ENSURE(!next_extension(*again, offset));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets datagram{reinterpret_cast<const std::byte*>(data), size};
  const auto header = parse_header(datagram);
  if (!header) return 0;
  check_header(*header);
  const auto tail = split_tail(datagram, header->version);
  if (!tail) return 0;
  ENSURE(lies_inside(tail->covered, datagram) && lies_inside(tail->mac, datagram));
  ENSURE(tail->covered.size() + tail->mac.size() + (tail->crypto_nak ? 4 : 0) == size);
  ENSURE(tail->covered.size() == header_size + tail->extensions.size());
  if (header->version == 4) check_fields(*tail);
  return 0;
}
