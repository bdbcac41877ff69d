// Headers and the order in which a request is judged: drop, version, command, length,
// permission. Pure.
#include "common/control/protocol.h"

namespace ntp::control {

namespace {

constexpr std::uint8_t packet_request = 1;
constexpr std::uint8_t packet_reply = 2;
constexpr std::uint8_t oldest_told_version = 5;  // older ones get no answer at all

struct RequestHeader {
  std::uint8_t version, type, reserved1, reserved2;
  std::uint16_t command, attempt;
  std::uint32_t sequence;
};

RequestHeader take_request_header(Cursor& in) {
  RequestHeader header{};
  header.version = in.take<std::uint8_t>();
  header.type = in.take<std::uint8_t>();
  header.reserved1 = in.take<std::uint8_t>();
  header.reserved2 = in.take<std::uint8_t>();
  header.command = in.take<std::uint16_t>();
  header.attempt = in.take<std::uint16_t>();
  header.sequence = in.take<std::uint32_t>();
  in.skip(8);
  return header;
}

Local3 widen(const Local2& local) {
  return {
      .on = local.on, .stratum = local.stratum, .distance = local.distance, .orphan = local.orphan};
}

}  // namespace

std::expected<Request, Refused> parse_request(Octets datagram, const Door& door) {
  if (datagram.size() < shortest_request || datagram.size() > longest_request) {
    return std::unexpected{Refused{}};
  }
  Cursor in{datagram};
  const RequestHeader header = take_request_header(in);
  if (header.type != packet_request || header.reserved1 != 0 || header.reserved2 != 0) {
    return std::unexpected{Refused{}};
  }
  const auto refuse = [&](Status status) {
    return std::unexpected{Refused{false, status, header.command, header.sequence}};
  };
  if (header.version < oldest_told_version) return std::unexpected{Refused{}};
  if (header.version != protocol_version) return refuse(Status::bad_version);
  const CommandRow* row = find_command(header.command);
  if (row == nullptr) return refuse(Status::invalid);
  if (datagram.size() < row->request_size) return refuse(Status::bad_length);
  if (!door.is_unix && !is_open(*door.open, row->command)) return refuse(Status::unauthorised);

  Request request{row->command, header.attempt, header.sequence, datagram.size(), row->decode(in)};
  if (const auto* local = std::get_if<Local2>(&request.body)) request.body = widen(*local);
  return request;
}

Octets write_refusal(const Refused& refused, WritableOctets out) {
  if (refused.silent) return {};
  Writer writer{out};
  detail::put_reply_header(writer, refused.command, ReplyType::null, refused.status,
                           refused.sequence);
  return writer.written();
}

Octets write_status(const Request& request, Status status, WritableOctets out) {
  Writer writer{out};
  detail::put_reply_header(writer, static_cast<std::uint16_t>(request.command), ReplyType::null,
                           status, request.sequence);
  return writer.written();
}

namespace {
// A body of several forms: the header waits until the form is chosen.
Octets write_grown(const Request& request, std::optional<ReplyType> type, std::size_t body_size,
                   WritableOctets out) {
  if (!type) return {};
  Writer header{out};
  detail::put_reply_header(header, static_cast<std::uint16_t>(request.command), *type,
                           Status::success, request.sequence);
  return Octets{out}.first(reply_header_size + body_size);
}
}  // namespace

template <>
Octets write_reply(const Request& request, const ServerStats& stats, WritableOctets out) {
  Writer body{out.subspan(reply_header_size)};
  const auto type = put_server_stats(stats, request.length, body);
  return write_grown(request, type, body.written().size(), out);
}

template <>
Octets write_reply(const Request& request, const NtpData& data, WritableOctets out) {
  Writer body{out.subspan(reply_header_size)};
  const auto type = put_ntp_data(data, request.length, body);
  return write_grown(request, type, body.written().size(), out);
}

std::expected<Reply, BadReply> parse_reply(Octets datagram, Command command,
                                           std::uint32_t sequence) {
  if (datagram.size() < reply_header_size) return std::unexpected{BadReply::short_header};
  Cursor in{datagram};
  const auto version = in.take<std::uint8_t>();
  const auto type = in.take<std::uint8_t>();
  const auto reserved = in.take<std::uint16_t>();
  const auto echoed_command = in.take<std::uint16_t>();
  const ReplyType body_type{in.take<std::uint16_t>()};
  const Status status{in.take<std::uint16_t>()};
  in.skip(6);
  const auto echoed_sequence = in.take<std::uint32_t>();
  in.skip(8);

  const bool version_is_known =
      version == protocol_version || (version >= 4 && status == Status::bad_version);
  if (!version_is_known || type != packet_reply || reserved != 0 ||
      echoed_command != static_cast<std::uint16_t>(command) || echoed_sequence != sequence) {
    return std::unexpected{BadReply::foreign};
  }
  return Reply{status, body_type, in.rest()};
}

namespace detail {

void put_reply_header(Writer& out, std::uint16_t command, ReplyType type, Status status,
                      std::uint32_t sequence) {
  out.put(protocol_version);
  out.put(packet_reply);
  out.zero(2);
  out.put(command);
  out.put(static_cast<std::uint16_t>(type));
  out.put(static_cast<std::uint16_t>(status));
  out.zero(6);
  out.put(sequence);
  out.zero(8);
}

void put_request_header(Writer& out, Command command, std::uint16_t attempt,
                        std::uint32_t sequence) {
  out.put(protocol_version);
  out.put(packet_request);
  out.zero(2);
  out.put(static_cast<std::uint16_t>(command));
  out.put(attempt);
  out.put(sequence);
  out.zero(8);
}

}  // namespace detail
}  // namespace ntp::control
