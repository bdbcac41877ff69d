// Thirty-two octets a message: "MCLK", kind, operation or answer, two reserved octets, two
// 64-bit words, eight reserved octets; big-endian. Form only; who may ask is clockd's matter.
#include <bit>
#include <utility>

#include "common/board/clock_socket.h"

namespace ntp {

namespace {

constexpr std::uint32_t message_magic = 0x4d43'4c4b;  // "MCLK"
enum Kind : std::uint8_t { request_kind = 1, reply_kind = 2 };

struct Fields {
  std::uint8_t code = 0;
  std::int64_t first = 0;
  std::int64_t second = 0;
};

ClockMessage pack(Kind kind, const Fields& fields) {
  ClockMessage message{};
  Writer out{message};
  out.put(message_magic);
  out.put<std::uint8_t>(kind);
  out.put(fields.code);
  out.zero(2);
  out.put(std::bit_cast<std::uint64_t>(fields.first));
  out.put(std::bit_cast<std::uint64_t>(fields.second));
  return message;
}

Result<Fields> unpack(Kind kind, Octets message) {
  if (message.size() != clock_message_size) return failure("a clock message has 32 octets");
  Cursor in{message};
  Fields fields;
  if (in.take<std::uint32_t>() != message_magic) return failure("not a clock message");
  if (in.take<std::uint8_t>() != kind) return failure("a clock message of the wrong kind");
  fields.code = in.take<std::uint8_t>();
  std::uint64_t reserved = in.take<std::uint16_t>();
  fields.first = std::bit_cast<std::int64_t>(in.take<std::uint64_t>());
  fields.second = std::bit_cast<std::int64_t>(in.take<std::uint64_t>());
  reserved |= in.take<std::uint64_t>();
  if (reserved != 0) return failure("reserved octets of a clock message are not zero");
  return fields;
}

}  // namespace

ClockMessage encode(const ClockRequest& request) {
  return pack(request_kind, {std::to_underlying(request.operation), request.first, request.second});
}

ClockMessage encode(const ClockReply& reply) {
  return pack(reply_kind, {std::to_underlying(reply.answer), reply.first, 0});
}

Result<ClockRequest> decode_request(Octets message) {
  const auto fields = NTP_TRY(unpack(request_kind, message));
  if (fields.code < 1 || fields.code > std::to_underlying(ClockOperation::relearn)) {
    return failure("unknown clock operation");
  }
  return ClockRequest{ClockOperation{fields.code}, fields.first, fields.second};
}

Result<ClockReply> decode_reply(Octets message) {
  const auto fields = NTP_TRY(unpack(reply_kind, message));
  if (fields.code < 1 || fields.code > std::to_underlying(ClockAnswer::failed)) {
    return failure("unknown clock answer");
  }
  return ClockReply{ClockAnswer{fields.code}, fields.first};
}

}  // namespace ntp
