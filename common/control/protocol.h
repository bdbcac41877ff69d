// The two ends of a conversation in the monitoring protocol: the daemon's (parse_request,
// write_reply, write_refusal) and the client's (write_request, parse_reply). Pure: sends and
// receives nothing, decides nothing but what may be asked through which door.
#pragma once

#include <expected>

#include "common/control/commands.h"
#include "common/control/generations.h"

namespace ntp::control {

struct Request {
  Command command{};
  std::uint16_t attempt = 0;  // 0, 1, 2 when sent again
  std::uint32_t sequence = 0;
  std::size_t length = 0;  // octets received; no reply may be longer
  RequestBody body{};      // Local2 arrives as Local3
};

// Where a request came in.
struct Door {
  bool is_unix = false;  // the local socket: everything is allowed
  const OpenCommands* open = &default_open_commands();
};

// Why there is no Request. `silent`: send nothing. Else `write_refusal` answers with `status`.
struct Refused {
  bool silent = true;
  Status status = Status::failed;
  std::uint16_t command = 0;
  std::uint32_t sequence = 0;
};

[[nodiscard]] std::expected<Request, Refused> parse_request(Octets datagram, const Door& door);

// Both give the octets to send: a part of `out`, which holds at least longest_reply octets.
[[nodiscard]] Octets write_refusal(const Refused& refused, WritableOctets out);
// A reply without a body: what every change answers, and every error.
[[nodiscard]] Octets write_status(const Request& request, Status status, WritableOctets out);

// A successful reply with a body. Empty when it would be longer than the request: send nothing.
template <typename Body>
[[nodiscard]] Octets write_reply(const Request& request, const Body& body, WritableOctets out);

// The client's side.

// Nothing was heard that answers the request: `retry` by waiting on; else the answer is useless.
enum class BadReply : std::uint8_t { short_header, foreign, wrong_type, short_body };

struct Reply {
  Status status = Status::success;
  ReplyType type = ReplyType::null;
  Octets body{};  // points into the datagram
};

// The header and zero padding: full_request_size octets of `out`.
// REQUIRES: `body` is what the table says for `command`; `out` holds longest_request octets.
template <typename Body>
[[nodiscard]] Octets write_request(Command command, std::uint16_t attempt, std::uint32_t sequence,
                                   const Body& body, WritableOctets out);

// Header checks only; `foreign` is a datagram that answers some other request.
[[nodiscard]] std::expected<Reply, BadReply> parse_reply(Octets datagram, Command command,
                                                         std::uint32_t sequence);

// The reply type that carries a body; ServerStats and NtpData have several.
template <typename Body>
inline constexpr ReplyType reply_type = ReplyType::null;
template <>
inline constexpr ReplyType reply_type<SourceCount> = ReplyType::source_count;
template <>
inline constexpr ReplyType reply_type<SourceData> = ReplyType::source_data;
template <>
inline constexpr ReplyType reply_type<Tracking> = ReplyType::tracking;
template <>
inline constexpr ReplyType reply_type<SourceStats> = ReplyType::source_stats;
template <>
inline constexpr ReplyType reply_type<RtcReport> = ReplyType::rtc;
template <>
inline constexpr ReplyType reply_type<Activity> = ReplyType::activity;
template <>
inline constexpr ReplyType reply_type<Smoothing> = ReplyType::smoothing;
template <>
inline constexpr ReplyType reply_type<ManualTimestamp> = ReplyType::manual_timestamp;
template <>
inline constexpr ReplyType reply_type<ManualList> = ReplyType::manual_list;
template <>
inline constexpr ReplyType reply_type<SourceName> = ReplyType::source_name;
template <>
inline constexpr ReplyType reply_type<AuthData> = ReplyType::auth_data;
template <>
inline constexpr ReplyType reply_type<Clients> = ReplyType::clients;
template <>
inline constexpr ReplyType reply_type<SelectData> = ReplyType::select_data;
template <>
inline constexpr ReplyType reply_type<ReloadReport> = ReplyType::reload;
template <>
inline constexpr ReplyType reply_type<ServerDrops> = ReplyType::server_drops;
template <>
inline constexpr ReplyType reply_type<Refusals> = ReplyType::refusals;

// Bodies of one form only; ServerStats and NtpData are read by generations.h.
template <typename Body>
[[nodiscard]] std::expected<Body, BadReply> parse_body(const Reply& reply) {
  static_assert(reply_type<Body> != ReplyType::null);
  if (reply.type != reply_type<Body>) return std::unexpected{BadReply::wrong_type};
  if (reply.body.size() < wire_size<Body>) return std::unexpected{BadReply::short_body};
  Cursor in{reply.body};
  return decode<Body>(in);
}

namespace detail {
void put_reply_header(Writer& out, std::uint16_t command, ReplyType type, Status status,
                      std::uint32_t sequence);
void put_request_header(Writer& out, Command command, std::uint16_t attempt,
                        std::uint32_t sequence);
}  // namespace detail

template <typename Body>
Octets write_reply(const Request& request, const Body& body, WritableOctets out) {
  if (request.length < reply_header_size + wire_size<Body>) return {};
  Writer writer{out};
  detail::put_reply_header(writer, static_cast<std::uint16_t>(request.command), reply_type<Body>,
                           Status::success, request.sequence);
  encode(body, writer);
  return writer.written();
}
template <>
Octets write_reply(const Request& request, const ServerStats& stats, WritableOctets out);
template <>
Octets write_reply(const Request& request, const NtpData& data, WritableOctets out);

template <typename Body>
Octets write_request(Command command, std::uint16_t attempt, std::uint32_t sequence,
                     const Body& body, WritableOctets out) {
  const CommandRow* row = find_command(static_cast<std::uint16_t>(command));
  ENSURE(row != nullptr);
  Writer writer{out};
  detail::put_request_header(writer, command, attempt, sequence);
  encode(body, writer);
  ENSURE(writer.written().size() <= row->full_request_size);
  writer.zero(row->full_request_size - writer.written().size());
  return writer.written();
}

}  // namespace ntp::control
