// See peers.h.
#include "ntpd-net/peers.h"

#include "ntpd-net/random_octets.h"
#include "ntpd-net/served_time.h"
#include "ntpd-net/server_answer.h"

namespace ntp {

Result<void> turn_to_peer(Daemon& daemon, Source& source) {
  if (source.socket.is_open() && source.is_reachable()) return {};
  const Family family = source.remote.address.family;
  if (!source.socket.is_open()) {
    if (auto port = daemon.pool.take_port(family)) source.socket = *std::move(port);
    else
      source.socket = NTP_TRY(UdpSocket::bind_to(
          {family == Family::ipv6 ? ipv6_any : ipv4_any, 0},
          {.device = daemon.settings.server.binddevice, .dscp = daemon.settings.dscp}));
  }
  // Silent for long: perhaps another address of ours leads there by now.
  const Result<void> turned = source.socket.turn_to(source.remote);
  if (!turned) daemon.pool.give_port(family, std::move(source.socket));
  return turned;
}

Header words_to_peer(const Daemon& daemon, const Source& source, const Reading& pair) {
  const ServedState state = state_to_serve(daemon, pair);
  const Serving serving = prepare_serving(state, pair);
  Header header = serving.base;
  header.version = source.version();
  header.mode = Mode::active;
  header.poll_log2 = static_cast<std::int8_t>(source.poll.poll_log2());
  const Rate rate = state.from_system_clock ? daemon.stamping.rate() : state.line.rate;
  const auto utc_at = [&](RawTime then) {
    const Nanos ago = pair.raw - then;
    return to_wire(serving.utc_now - ago - rate * ago);
  };
  const bool interleaved = header.version == 4 && source.peer->may_interleave();
  header.origin = interleaved ? source.peer->interleaved_origin() : source.peer->origin();
  header.transmit = transmit_time(interleaved ? utc_at(source.peer->sent()) : serving.wire_now,
                                  state.precision_log2, random_bits());
  if (header.origin.is_zero()) return header;
  header.receive = receive_time(utc_at(source.peer->heard()), state.precision_log2, random_bits());
  return header;
}

void answer_peer(Daemon& daemon, Source& source, const Datagram& datagram, RawTime received) {
  const ServedMemory* served = daemon.passage.served.get();
  Request request;
  if (served == nullptr || datagram.cut ||
      read_request(datagram.octets, datagram.from, served->access, request))
    return;
  const auto key = check_request_mac(request, daemon.keys);
  if (!key) return;
  const Reading pair = daemon.clocks.read();
  const ServedState state = state_to_serve(daemon, pair);
  const Serving serving = prepare_serving(state, pair);
  const WireTime came = serving.wire_of(serving.system_of(received));
  const Header answer =
      make_answer(request, serving, receive_time(came, state.precision_log2, random_bits()),
                  transmit_time(serving.wire_now, state.precision_log2, random_bits()), false,
                  request.header.poll_log2);
  std::array<std::byte, most_answer> packet;
  const std::size_t size = write_answer(answer, *key, packet);
  (void)source.socket.send(Octets{packet}.first(size));  // lost like any packet
}

}  // namespace ntp
