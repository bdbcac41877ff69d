// Any octets as a control request and as a reply: refused or understood, never a crash; an answer
// is never longer than its question; a body that was read is written and read the same again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/control/messages.h"

namespace {

using namespace ntp;
using namespace ntp::control;

using Buffer = std::array<std::byte, longest_request>;

// A body read from a peer survives being written and read. Compared as octets: writing is
// canonical from the second time on.
template <typename Body>
void check_body(const Reply& reply) {
  const auto body = parse_body<Body>(reply);
  if (!body) return;
  std::array<std::byte, wire_size<Body> + 1> first{}, second{};
  Writer out{first};
  encode(*body, out);
  Cursor in{first};
  Writer again{second};
  encode(decode<Body>(in), again);
  ENSURE(std::ranges::equal(out.written(), again.written()));
}

void check_reply(Octets octets) {
  if (octets.size() < reply_header_size) return;
  Cursor header{octets.subspan(4, 2)};
  Cursor echo{octets.subspan(16, 4)};
  const Command command{header.take<std::uint16_t>()};
  const auto reply = parse_reply(octets, command, echo.take<std::uint32_t>());
  if (!reply) return;
  check_body<SourceCount>(*reply);
  check_body<SourceData>(*reply);
  check_body<Tracking>(*reply);
  check_body<SourceStats>(*reply);
  check_body<RtcReport>(*reply);
  check_body<Activity>(*reply);
  check_body<Smoothing>(*reply);
  check_body<ManualTimestamp>(*reply);
  check_body<ManualList>(*reply);
  check_body<SourceName>(*reply);
  check_body<AuthData>(*reply);
  check_body<Clients>(*reply);
  check_body<SelectData>(*reply);
  if (const auto stats = take_server_stats(reply->type, reply->body)) {
    ENSURE(stats->generation == StatsGeneration{static_cast<std::uint8_t>(reply->type)});
  }
  if (const auto data = take_ntp_data(reply->type, reply->body)) {
    ENSURE(data->has_stamp_counts == (reply->type == ReplyType::ntp_data2));
  }
}

void check_request(Octets octets, bool is_unix) {
  Buffer out{};
  const auto request = parse_request(octets, {.is_unix = is_unix});
  if (!request) {
    const Octets answer = write_refusal(request.error(), out);
    ENSURE(answer.size() <= octets.size());
    ENSURE(request.error().silent == answer.empty());
    return;
  }
  ENSURE(is_unix || default_open_commands().test(static_cast<std::size_t>(request->command)));
  ENSURE(write_status(*request, Status::failed, out).size() <= octets.size());
  for (const Octets answer :
       {write_reply(*request, Tracking{}, out), write_reply(*request, ServerStats{}, out),
        write_reply(*request, NtpData{}, out), write_reply(*request, Clients{}, out),
        write_reply(*request, ServerDrops{}, out), write_reply(*request, Refusals{}, out)}) {
    ENSURE(answer.size() <= octets.size());
    ENSURE(answer.empty() || parse_reply(answer, request->command, request->sequence));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets{reinterpret_cast<const std::byte*>(data), size};
  check_request(octets, true);
  check_request(octets, false);
  check_reply(octets);
  return 0;
}
