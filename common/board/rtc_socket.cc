// Sixty-four octets a message: "MRTC", kind, operation or answer, two reserved octets, then five
// 64-bit words for `tracking` (reference, fast, gain in 1e-15, span, samples and runs) and four
// 32-bit counts of what was refused; big-endian.
#include "common/board/rtc_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cmath>

#include "common/board/seqpacket.h"

namespace ntp {
namespace {

constexpr std::uint32_t magic = 0x4d52'5443;  // "MRTC"
constexpr std::array refusal_order{&RtcRefusals::low_battery, &RtcRefusals::too_old,
                                   &RtcRefusals::before_saved, &RtcRefusals::too_far};
enum Kind : std::uint8_t { request_kind = 1, reply_kind = 2 };

void put(Writer& out, std::int64_t value) { out.put(std::bit_cast<std::uint64_t>(value)); }
std::int64_t take(Cursor& in) { return std::bit_cast<std::int64_t>(in.take<std::uint64_t>()); }

RtcMessage pack(Kind kind, std::uint8_t code, const RtcTracking& tracking,
                const RtcRefusals& refused) {
  RtcMessage message{};
  Writer out{message};
  out.put(magic);
  out.put<std::uint8_t>(kind);
  out.put(code);
  out.zero(2);
  put(out, tracking.reference.since_zero.count());
  put(out, tracking.fast.count());
  put(out, std::llround(tracking.gain.fraction * 1e15));
  put(out, tracking.span.count());
  out.put(tracking.samples);
  out.put(tracking.runs);
  for (const auto member : refusal_order) out.put(refused.*member);
  return message;
}

struct Fields {
  std::uint8_t code = 0;
  RtcTracking tracking{};
  RtcRefusals refused{};
};

std::optional<Fields> unpack(Kind kind, Octets message) {
  if (message.size() != rtc_message_size) return std::nullopt;
  Cursor in{message};
  if (in.take<std::uint32_t>() != magic || in.take<std::uint8_t>() != kind) return std::nullopt;
  Fields fields{.code = in.take<std::uint8_t>()};
  if (in.take<std::uint16_t>() != 0) return std::nullopt;
  fields.tracking.reference = {Nanos{take(in)}};
  fields.tracking.fast = Nanos{take(in)};
  fields.tracking.gain = {static_cast<double>(take(in)) * 1e-15};
  fields.tracking.span = Nanos{take(in)};
  fields.tracking.samples = in.take<std::uint32_t>();
  fields.tracking.runs = in.take<std::uint32_t>();
  for (const auto member : refusal_order) fields.refused.*member = in.take<std::uint32_t>();
  return fields;
}

}  // namespace

RtcMessage encode(RtcOperation operation) {
  return pack(request_kind, static_cast<std::uint8_t>(operation), {}, {});
}

RtcMessage encode(const RtcReply& reply) {
  return pack(reply_kind, static_cast<std::uint8_t>(reply.answer), reply.tracking, reply.refused);
}

std::optional<RtcOperation> decode_rtc_operation(Octets message) {
  const auto fields = unpack(request_kind, message);
  if (!fields || fields->refused != RtcRefusals{} || fields->code < 1 ||
      fields->code > static_cast<int>(RtcOperation::cycle_logs))
    return std::nullopt;
  return static_cast<RtcOperation>(fields->code);
}

std::optional<RtcReply> decode_rtc_reply(Octets message) {
  const auto fields = unpack(reply_kind, message);
  if (!fields || fields->code < 1 || fields->code > static_cast<int>(RtcAnswer::failed))
    return std::nullopt;
  return RtcReply{static_cast<RtcAnswer>(fields->code), fields->tracking, fields->refused};
}

std::string rtc_socket_path(const std::string& run_directory) {
  return run_directory + "/rtcd/rtcd.sock";
}

Result<RtcSocket> RtcSocket::ask(const std::string& path, RtcOperation operation) {
  Fd socket = NTP_TRY(connect_seqpacket(path, Blocking::no));
  RtcSocket asked{std::move(socket)};
  if (!asked.say(operation)) return system_failure("write to rtcd");
  return asked;
}

bool RtcSocket::say(RtcOperation operation) const {
  const RtcMessage message = encode(operation);
  return ::send(socket_.number(), message.data(), message.size(), MSG_NOSIGNAL) ==
         ssize_t{message.size()};
}

Result<std::optional<RtcReply>> RtcSocket::take() {
  std::array<std::byte, rtc_message_size + 1> octets;
  const ssize_t size =
      ::recvfrom(socket_.number(), octets.data(), octets.size(), 0, nullptr, nullptr);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<RtcReply>{};
  if (size <= 0) return failure("rtcd has gone");
  const auto reply = decode_rtc_reply(Octets{octets}.first(static_cast<std::size_t>(size)));
  if (!reply) return failure("rtcd does not speak our language");
  return reply;
}

Result<RtcReply> RtcSocket::wait(Nanos most) {
  pollfd one{.fd = socket_.number(), .events = POLLIN, .revents = 0};
  if (::poll(&one, 1, static_cast<int>(most / 1ms)) < 1) return failure("rtcd does not answer");
  const auto reply = NTP_TRY(take());
  if (!reply) return failure("rtcd does not answer");
  return *reply;
}

}  // namespace ntp
