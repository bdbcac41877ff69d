// See nts_records.h.
#include "common/wire/nts_records.h"

#include <algorithm>

namespace ntp {
namespace {

enum class RecordType : std::uint16_t {
  end = 0,
  next_protocol = 1,
  error = 2,
  warning = 3,
  aead = 4,
  cookie = 5,
  server = 6,
  port = 7,
};
constexpr std::uint16_t critical_bit = 0x8000;
constexpr std::size_t record_head = 4;

struct Record {
  std::uint16_t type = 0;
  bool is_critical = false;
  Octets body;

  [[nodiscard]] bool is(RecordType wanted) const {
    return type == static_cast<std::uint16_t>(wanted);
  }
};

std::optional<Record> next_record(Octets& rest) {
  if (rest.size() < record_head) return std::nullopt;
  Cursor in{rest};
  const auto first = in.take<std::uint16_t>();
  const std::size_t length = in.take<std::uint16_t>();
  if (length > in.remaining()) return std::nullopt;
  const Record record{.type = static_cast<std::uint16_t>(first & ~critical_bit),
                      .is_critical = (first & critical_bit) != 0,
                      .body = in.take(length)};
  rest = in.rest();
  return record;
}

void put(std::vector<std::byte>& out, RecordType type, bool critical, Octets body) {
  std::array<std::byte, record_head> head;
  Writer writer{head};
  writer.put(
      static_cast<std::uint16_t>(static_cast<std::uint16_t>(type) | (critical ? critical_bit : 0)));
  writer.put(static_cast<std::uint16_t>(body.size()));
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), body.begin(), body.end());
}

void put(std::vector<std::byte>& out, RecordType type, bool critical, std::uint16_t value) {
  std::array<std::byte, 2> body;
  Writer{body}.put(value);
  put(out, type, critical, Octets{body});
}

void put_end(std::vector<std::byte>& out) { put(out, RecordType::end, true, Octets{}); }

// Whether a list of u16 holds `value`; nullopt when it is no such list.
std::optional<bool> list_holds(Octets body, std::uint16_t value) {
  if (body.size() % 2 != 0) return std::nullopt;
  Cursor in{body};
  bool found = false;
  while (in.remaining() > 0) found |= in.take<std::uint16_t>() == value;
  return found;
}

bool is_only(Octets body, std::uint16_t value) {
  return body.size() == 2 && Cursor{body}.take<std::uint16_t>() == value;
}

// Printable and without spaces: it becomes a name in logs and in questions to the resolver.
bool is_plausible_server(Octets body) {
  return !body.empty() && body.size() <= 255 && std::ranges::all_of(body, [](std::byte b) {
    return std::to_integer<int>(b) > ' ' && std::to_integer<int>(b) < 127;
  });
}

}  // namespace

std::vector<std::byte> write_ke_request() {
  std::vector<std::byte> out;
  put(out, RecordType::next_protocol, true, next_protocol_ntpv4);
  put(out, RecordType::aead, true, static_cast<std::uint16_t>(aead_aes_siv_cmac_256));
  put_end(out);
  return out;
}

Result<KeRequest, KeError> read_ke_request(Octets message) {
  KeRequest request;
  int protocols = 0, algorithms = 0;
  while (const auto record = next_record(message)) {
    if (record->is(RecordType::end)) break;
    if (record->is(RecordType::next_protocol)) {
      const auto found = list_holds(record->body, next_protocol_ntpv4);
      if (!record->is_critical || !found || record->body.empty())
        return std::unexpected{KeError::bad_request};
      request.has_ntpv4 = *found;
      ++protocols;
    } else if (record->is(RecordType::aead)) {
      const auto found = list_holds(record->body, aead_aes_siv_cmac_256);
      if (!found || record->body.empty()) return std::unexpected{KeError::bad_request};
      request.has_siv = *found;
      ++algorithms;
    } else if (record->is(RecordType::error) || record->is(RecordType::warning) ||
               record->is(RecordType::cookie)) {
      return std::unexpected{KeError::bad_request};
    } else if (record->is_critical && !record->is(RecordType::server) &&
               !record->is(RecordType::port)) {
      return std::unexpected{KeError::unrecognised_critical};
    }
  }
  if (protocols != 1 || (request.has_ntpv4 && algorithms != 1))
    return std::unexpected{KeError::bad_request};
  return request;
}

std::vector<std::byte> write_ke_response(const KeRequest& request, const KeResponse& response) {
  std::vector<std::byte> out;
  if (!request.has_ntpv4) {
    put(out, RecordType::next_protocol, true, Octets{});
    put_end(out);
    return out;
  }
  put(out, RecordType::next_protocol, true, next_protocol_ntpv4);
  if (!request.has_siv) {
    put(out, RecordType::aead, true, Octets{});
    put_end(out);
    return out;
  }
  put(out, RecordType::aead, true, static_cast<std::uint16_t>(aead_aes_siv_cmac_256));
  if (!response.server.empty())
    put(out, RecordType::server, true, std::as_bytes(std::span{response.server}));
  if (response.port != 0) put(out, RecordType::port, true, response.port);
  for (const Cookie& cookie : response.cookies) put(out, RecordType::cookie, false, cookie.view());
  put_end(out);
  return out;
}

std::vector<std::byte> write_ke_error(KeError error) {
  std::vector<std::byte> out;
  put(out, RecordType::error, true, static_cast<std::uint16_t>(error));
  put_end(out);
  return out;
}

std::optional<KeResponse> read_ke_response(Octets message) {
  KeResponse response;
  int protocols = 0, algorithms = 0;
  while (const auto record = next_record(message)) {
    if (record->is(RecordType::end)) break;
    if (record->is(RecordType::next_protocol)) {
      if (!record->is_critical || !is_only(record->body, next_protocol_ntpv4)) return std::nullopt;
      ++protocols;
    } else if (record->is(RecordType::aead)) {
      if (!is_only(record->body, aead_aes_siv_cmac_256)) return std::nullopt;
      ++algorithms;
    } else if (record->is(RecordType::error) || record->is(RecordType::warning)) {
      return std::nullopt;
    } else if (record->is(RecordType::cookie)) {
      Cookie cookie;
      if (response.cookies.size() < most_cookies && cookie.set(record->body))
        response.cookies.push_back(cookie);
    } else if (record->is(RecordType::server)) {
      if (!response.server.empty() || !is_plausible_server(record->body)) return std::nullopt;
      response.server.assign(reinterpret_cast<const char*>(record->body.data()),
                             record->body.size());
    } else if (record->is(RecordType::port)) {
      if (record->body.size() != 2) return std::nullopt;
      response.port = Cursor{record->body}.take<std::uint16_t>();
    } else if (record->is_critical) {
      return std::nullopt;
    }
  }
  if (protocols != 1 || algorithms != 1 || response.cookies.empty()) return std::nullopt;
  return response;
}

KeProgress look_for_end(Octets message) {
  KeProgress progress{.is_complete = false, .is_hopeless = message.size() > most_ke_message};
  while (const auto record = next_record(message)) {
    if (!record->is(RecordType::end)) continue;
    progress.is_complete = record->is_critical && record->body.empty() && message.empty();
    progress.is_hopeless = !progress.is_complete;
    break;
  }
  return progress;
}

std::array<std::byte, 5> exporter_context(bool server_to_client) {
  std::array<std::byte, 5> context;
  Writer out{context};
  out.put(next_protocol_ntpv4);
  out.put(static_cast<std::uint16_t>(aead_aes_siv_cmac_256));
  out.put(static_cast<std::uint8_t>(server_to_client ? 1 : 0));
  return context;
}

}  // namespace ntp
