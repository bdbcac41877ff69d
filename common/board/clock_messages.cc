// Four 64-bit words a message, little-endian as on the boards: "MCLK", kind, code, two octets of
// zero; two arguments; zero. Form only; who may ask is clockd's matter.
#include <bit>
#include <cstring>
#include <utility>

#include "common/board/clock_socket.h"

namespace ntp {

namespace {

using MessageWords = std::array<std::uint64_t, 4>;
static_assert(sizeof(MessageWords) == clock_message_size);
static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t request_head = 0x01'4b4c'434d;
constexpr std::uint64_t reply_head = 0x02'4b4c'434d;
constexpr int code_at = 40;  // bits

ClockMessage pack(std::uint64_t head, std::uint64_t code, std::int64_t first, std::int64_t second) {
  return std::bit_cast<ClockMessage>(MessageWords{head | code << code_at,
                                                  std::bit_cast<std::uint64_t>(first),
                                                  std::bit_cast<std::uint64_t>(second), 0});
}

// A message of that kind whose code is one of 1..most.
Result<MessageWords> unpack(Octets message, std::uint64_t head, std::uint64_t most) {
  MessageWords words{};
  if (message.size() != sizeof words) return failure("a clock message has 32 octets");
  std::memcpy(words.data(), message.data(), sizeof words);
  const std::uint64_t code = (words[0] ^ head) >> code_at;
  if ((words[0] ^ head) != code << code_at || words[3] != 0) return failure("not a clock message");
  if (code < 1 || code > most) return failure("unknown code in a clock message");
  words[0] = code;
  return words;
}

}  // namespace

ClockMessage encode(const ClockRequest& request) {
  return pack(request_head, std::to_underlying(request.operation), request.first, request.second);
}

ClockMessage encode(const ClockReply& reply) {
  return pack(reply_head, std::to_underlying(reply.answer), reply.first, 0);
}

Result<ClockRequest> decode_request(Octets message) {
  const auto words =
      NTP_TRY(unpack(message, request_head, std::to_underlying(ClockOperation::know_leap)));
  return ClockRequest{ClockOperation{static_cast<std::uint8_t>(words[0])},
                      std::bit_cast<std::int64_t>(words[1]), std::bit_cast<std::int64_t>(words[2])};
}

Result<ClockReply> decode_reply(Octets message) {
  const auto words = NTP_TRY(unpack(message, reply_head, std::to_underlying(ClockAnswer::failed)));
  return ClockReply{ClockAnswer{static_cast<std::uint8_t>(words[0])},
                    std::bit_cast<std::int64_t>(words[1])};
}

}  // namespace ntp
