// Retries, sequence numbers and the walk through the addresses.
#include "syncctl/client.h"

#include <chrono>

#include "common/os/random.h"

namespace ntp::syncctl {

namespace {
using Steady = std::chrono::steady_clock;
constexpr int strangers_borne = 16;  // datagrams that answer something else, a try
}  // namespace

std::expected<Answer, Silence> Client::await(control::Command command, std::uint32_t sequence,
                                             Nanos patience_left) {
  const auto deadline = Steady::now() + patience_left;
  std::array<std::byte, 1024> buffer;
  for (int strangers = 0; strangers < strangers_borne; ++strangers) {
    const Nanos rest = std::max<Nanos>(deadline - Steady::now(), 0ns);
    const auto datagram = transport_->receive(buffer, rest);
    if (!datagram) return std::unexpected{datagram.error()};
    const auto reply = control::parse_reply(*datagram, command, sequence);
    if (reply) return Answer{reply->status, reply->type, {reply->body.begin(), reply->body.end()}};
  }
  return std::unexpected{Silence::timeout};
}

std::expected<Answer, Trouble> Client::converse(control::Command command, WritableOctets request) {
  do {
    Nanos timeout = patience.timeout;
    for (int attempt = 0; attempt <= patience.retries; ++attempt) {
      const auto sequence = static_cast<std::uint32_t>(random_bits());
      Writer header{request};
      control::detail::put_request_header(header, command, static_cast<std::uint16_t>(attempt),
                                          sequence);
      if (!transport_->send(request)) break;
      auto answer = await(command, sequence, timeout);
      if (answer) return *std::move(answer);
      if (answer.error() == Silence::refused) break;
      timeout *= 2;
    }
  } while (transport_->open_next());
  // The list starts over with the next request.
  static_cast<void>(transport_->open_next());
  return std::unexpected{Trouble::no_answer};
}

}  // namespace ntp::syncctl
