// Requests to one address are at least two seconds apart: servers that limit the rate allow
// that. All servers are asked side by side, so that the slowest one sets the time it takes.
#include "ntpdate/query.h"

#include <sys/random.h>

#include <vector>

#include "common/os/poller.h"
#include "common/os/timers.h"
#include "common/sync/exchange.h"

namespace ntp::ntpdate {
namespace {

constexpr Nanos spacing = 2s;
constexpr Nanos near_network = 10ms;
constexpr int usual_samples = 4;
constexpr int near_samples = 2;

enum class Role : std::uint8_t { conversation, port };

// One server's part of the talk.
struct Conversation {
  Asked& asked;
  Exchange exchange{};
  UdpSocket socket{};  // of the open request, when the NTP port is not used
  Timer send{};
  Timer give_up{};
};

class Talk {
 public:
  Talk(std::span<Asked> servers, const QueryTools& tools) : tools_{tools} {
    talks_.reserve(servers.size());
    for (Asked& asked : servers) {
      talks_.push_back({.asked = asked});
      talks_.back().send.arm(tools.clocks.monotonic_now());
    }
  }

  Result<void> run() {
    for (;;) {
      const MonotonicTime now = tools_.clocks.monotonic_now();
      MonotonicTime next = Timer::never;
      for (std::size_t i = 0; i < talks_.size(); ++i) {
        expire(talks_[i], now);
        send_when_due(talks_[i], now);
        next = std::min({next, talks_[i].send.when(), talks_[i].give_up.when()});
      }
      if (next == Timer::never) return {};
      watch_open_sockets();
      for (const Wake& wake : NTP_TRY(poller_.wait(time_until(next, now)))) take(wake);
    }
  }

 private:
  void expire(Conversation& talk, MonotonicTime now) {
    if (!talk.give_up.is_due(now)) return;
    talk.exchange.abandon();
    close_request(talk);
  }

  void close_request(Conversation& talk) {
    talk.give_up.disarm();
    talk.socket.close();
  }

  void watch_open_sockets() {
    poller_.clear();
    if (tools_.port.ipv4.is_open()) poller_.watch(tools_.port.ipv4.number(), Role::port, 4);
    if (tools_.port.ipv6.is_open()) poller_.watch(tools_.port.ipv6.number(), Role::port, 6);
    for (std::size_t i = 0; i < talks_.size(); ++i) {
      const UdpSocket& socket = talks_[i].socket;
      if (socket.is_open()) poller_.watch(socket.number(), Role::conversation, static_cast<int>(i));
    }
  }

  void send_when_due(Conversation& talk, MonotonicTime now) {
    if (!talk.send.is_due(now)) return;
    close_request(talk);
    talk.send.disarm();
    if (is_enough(talk.asked, tools_.options)) return;
    ++talk.asked.sent;
    send_request(talk);
    talk.give_up.arm(now + tools_.options.timeout);
    if (!is_enough(talk.asked, tools_.options)) {
      talk.send.arm(now + std::max(spacing, tools_.options.timeout));
    }
  }

  void send_request(Conversation& talk) {
    std::uint64_t nonce = 0;
    if (::getrandom(&nonce, sizeof nonce, 0) != sizeof nonce) return;
    std::array<std::byte, header_size + sizeof(Mac::octets)> octets;
    std::size_t size = header_size;
    const auto version = static_cast<std::uint8_t>(tools_.options.version);
    UdpSocket* socket = open_request(talk);
    if (socket == nullptr) return;
    if (tools_.options.debug > 0) {
      tools_.speaker.print(fmt::format("transmit({})\n", to_text(talk.asked.server.address)));
    }
    write_header(talk.exchange.begin(nonce, tools_.clocks.raw_now(), version, 6), octets);
    if (tools_.key != nullptr) {
      const Mac mac = make_mac(*tools_.key, Octets{octets}.first(header_size), version);
      std::ranges::copy(mac.view(), octets.begin() + header_size);
      size += mac.size;
    }
    const Octets request = Octets{octets}.first(size);
    // What cannot be sent is lost, like what the network loses.
    (void)(talk.socket.is_open() ? socket->send(request)
                                 : socket->send_to(request, talk.asked.server));
  }

  // The socket to send by; nullptr when there is none for this family.
  UdpSocket* open_request(Conversation& talk) {
    if (tools_.port.are_open()) {
      UdpSocket& shared =
          talk.asked.server.address.family == Family::ipv4 ? tools_.port.ipv4 : tools_.port.ipv6;
      return shared.is_open() ? &shared : nullptr;
    }
    auto socket = UdpSocket::connect_to(talk.asked.server, {}, {});
    if (!socket) return nullptr;
    talk.socket = std::move(*socket);
    return &talk.socket;
  }

  void take(const Wake& wake) {
    if (poller_.role_of(wake) == Role::conversation) {
      take_from(talks_[static_cast<std::size_t>(wake.index)].socket);
    } else {
      take_from(wake.index == 4 ? tools_.port.ipv4 : tools_.port.ipv6);
    }
  }

  // Departures first: an answer must meet its request's best stamp.
  void take_from(UdpSocket& socket) {
    while (const auto departure =
               socket.is_open() ? socket.receive_departure(buffer_) : std::nullopt) {
      take_departure(*departure);
    }
    while (const auto datagram = socket.is_open() ? socket.receive(buffer_) : std::nullopt) {
      take_answer(*datagram);
    }
  }

  void take_departure(const Departure& departure) {
    const auto sent = parse_header(departure.octets);
    if (!sent) return;
    const Reading reading = tools_.clocks.read();
    const RawTime raw = reading.raw - (reading.system - departure.stamp);
    for (Conversation& talk : talks_) talk.exchange.depart(sent->transmit, raw);
  }

  void take_answer(const Datagram& datagram) {
    const Reading reading = tools_.clocks.read();
    const auto header = parse_header(datagram.octets);
    const auto talk = std::ranges::find(talks_, datagram.from,
                                        [](const Conversation& c) { return c.asked.server; });
    if (!header || talk == talks_.end()) return;
    if (tools_.options.debug > 0) {
      tools_.speaker.print(fmt::format("receive({})\n", to_text(datagram.from.address)));
    }
    const Nanos age = datagram.stamp ? reading.system - *datagram.stamp : Nanos{0};
    const Arrival arrival{.received = reading.raw - age,
                          .authentic = is_genuine(datagram, *header)};
    const Judgement judgement = talk->exchange.judge(*header, arrival, Nanos{10});
    if (judgement.is_valid()) {
      talk->asked.answered = true;
      talk->asked.header = *header;
    }
    if (judgement.outcome) keep(*talk, *judgement.outcome, reading);
    else heed(*talk, judgement.outcome.error());
  }

  bool is_genuine(const Datagram& datagram, const Header& header) const {
    if (tools_.key == nullptr) return true;
    const Octets mac = datagram.octets.subspan(header_size);
    return mac.size() > 4 &&
           is_authentic(*tools_.key, datagram.octets.first(header_size), mac, header.version);
  }

  // The sample's raw stamps become the system time of then: the pair just read is microseconds
  // old, so that no rate matters.
  void keep(Conversation& talk, const Sample& sample, const Reading& reading) {
    const auto system = [&](RawTime raw) {
      return (reading.system - (reading.raw - raw)).since_zero;
    };
    const Nanos out = sample.server_received.since_zero - system(sample.sent);
    const Nanos back = sample.server_sent.since_zero - system(sample.received);
    Asked& asked = talk.asked;
    if (asked.kept < most_samples) {
      asked.samples[static_cast<std::size_t>(asked.kept++)] = {
          .offset = out / 2 + back / 2, .delay = std::max(sample.delay(), Nanos{0})};
    }
    close_request(talk);
    if (is_enough(asked, tools_.options)) talk.send.disarm();
  }

  void heed(Conversation& talk, Rejection refusal) {
    Asked& asked = talk.asked;
    if (refusal == Rejection::unauthentic) asked.untrusted = true;
    if (refusal == Rejection::told_to_slow || refusal == Rejection::told_to_stop) {
      tools_.speaker.say(Level::error,
                         fmt::format("{} {} response from server.", to_text(asked.server.address),
                                     refusal == Rejection::told_to_slow ? "rate limit" : "denied"));
      asked.stopped = true;
    }
    if (refusal == Rejection::unsynchronised) asked.stopped = true;  // asking again changes nothing
    if (!asked.stopped) return;
    close_request(talk);
    talk.send.disarm();
  }

  const QueryTools& tools_;
  std::vector<Conversation> talks_;
  Poller<Role> poller_;
  std::array<std::byte, 2048> buffer_{};
};

}  // namespace

bool is_enough(const Asked& asked, const Options& options) {
  if (asked.stopped) return true;
  if (asked.sent >= options.samples.value_or(usual_samples)) return true;
  if (options.samples) return false;
  return asked.kept >= near_samples && summarise(asked).delay < near_network;
}

Result<PortSockets> bind_ntp_port() {
  PortSockets sockets;
  sockets.ipv4 = NTP_TRY(UdpSocket::bind_to({ipv4_any, 123}, {}));
  auto six = UdpSocket::bind_to({ipv6_any, 123}, {});
  if (six) sockets.ipv6 = std::move(*six);
  else if (six.error().code == EADDRINUSE) return std::unexpected{six.error()};  // else: no IPv6
  return sockets;
}

Result<void> query(std::span<Asked> servers, const QueryTools& tools) {
  return Talk{servers, tools}.run();
}

}  // namespace ntp::ntpdate
