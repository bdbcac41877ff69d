// UDP sockets with kernel stamps: a client's socket has a fresh random port and talks to one
// server only; a server's is bound. Receives a datagram with its receive stamp, and transmit
// stamps from the error queue. Parses no NTP; stamps are CLOCK_REALTIME here and become raw
// time in ntpd-net/stamping. Needs nothing of the kernel that a simulator of calls lacks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/time/instants.h"

struct cmsghdr;
struct msghdr;
struct sockaddr_storage;

namespace ntp {

struct UdpOptions {
  bool stamps = true;           // the kernel's, of what comes in
  bool transmit_stamps = true;  // with `stamps`: and of what leaves, on the error queue
  bool reuse_port = false;      // SO_REUSEPORT
  bool free_bind = false;       // IP_FREEBIND: an address that is not there yet
  bool tell_local = true;       // IP_PKTINFO: Datagram::to is filled in
  bool card_stamps = false;     // with `stamps`: also those that a network card makes
  std::string device{};         // SO_BINDTODEVICE; empty = any
  int dscp = 0;                 // 0..63
};

// A stamp that a network card made, on that card's own clock: means nothing without it.
struct CardStamp {
  Nanos card{0};
  unsigned interface = 0;  // the kernel's index of the card; 0 = not told
  unsigned octets = 0;     // of the received frame without its checksum; 0 = not told
};

// One received datagram. `octets` points into the caller's buffer.
struct Datagram {
  Octets octets{};
  Endpoint from{};
  Address to{};                       // our address it was sent to; unset when not told
  std::optional<SystemTime> stamp{};  // when the kernel took it; nullopt when it did not say
  std::optional<CardStamp> card_stamp{};
  unsigned interface = 0;  // it came by; 0 when not told
  bool cut = false;        // longer than the buffer
};

// The kernel's word on when one of our datagrams left. `octets` is its UDP payload, found in the
// looped-back frame (link header, VLAN tags, IPv4 or IPv6 header skipped), empty when the
// frame could not be read. A card's word comes apart from the kernel's, and after it.
struct Departure {
  SystemTime stamp{};  // means nothing beside `card_stamp`
  std::optional<CardStamp> card_stamp{};
  Octets octets{};
};

class UdpSocket {
 public:
  // A socket that can talk to `remote` only: the kernel drops everybody else's datagrams. The
  // port is the kernel's random choice unless `local` names one. Never fragments.
  [[nodiscard]] static Result<UdpSocket> connect_to(const Endpoint& remote, const Endpoint& local,
                                                    const UdpOptions& options);
  // A bound socket. IPv6 sockets are IPv6 only.
  [[nodiscard]] static Result<UdpSocket> bind_to(const Endpoint& local, const UdpOptions& options);
  // Takes over an open socket (inherited from a supervisor).
  [[nodiscard]] static UdpSocket adopt(Fd fd) { return UdpSocket{std::move(fd)}; }

  // Talks to `remote` only from now on, with the port that it was bound to and whatever address of
  // ours leads there now. What had come from others may still wait inside: look at Datagram::from.
  [[nodiscard]] Result<void> turn_to(const Endpoint& remote);
  // Hears nobody, and keeps its port.
  void park(Family family);

  // To the connected remote.
  [[nodiscard]] Result<void> send(Octets octets);
  // To anybody, leaving from `from` when that is set.
  [[nodiscard]] Result<void> send_to(Octets octets, const Endpoint& to, const Address& from = {});

  // The next waiting datagram; nullopt when none is (or an ICMP error was consumed).
  [[nodiscard]] std::optional<Datagram> receive(WritableOctets buffer);
  // The next departure on the error queue; nullopt when there is none.
  [[nodiscard]] std::optional<Departure> receive_departure(WritableOctets buffer);

  // Where we are bound or what address the kernel chose for a connected socket.
  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] int number() const { return fd_.number(); }
  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  void close() { fd_.reset(); }
  [[nodiscard]] Fd take_fd() { return std::move(fd_); }

  UdpSocket() = default;

 private:
  explicit UdpSocket(Fd fd) : fd_{std::move(fd)} {}
  Fd fd_;
};

// What a control message tells (also for programs that receive in batches themselves).
struct Stamps {
  std::optional<SystemTime> stamp{};
  std::optional<CardStamp> card_stamp{};
};
struct Ancillary : Stamps {
  Address to{};
  unsigned interface = 0;
};
// The stamps alone, from a control message that may hold some.
void read_stamps(const cmsghdr& cmsg, Stamps& out);
[[nodiscard]] Ancillary read_ancillary(msghdr& message);

// sockaddr both ways. `to_sockaddr` returns the length used.
[[nodiscard]] std::uint32_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& out);
[[nodiscard]] Endpoint to_endpoint(const sockaddr_storage& address);

// The UDP payload inside a looped-back frame, by the length it must have: Ethernet (with VLAN
// tags) or bare IP, IPv4 with options, IPv6 with extension headers. Empty when it is none of it.
[[nodiscard]] Octets find_udp_payload(Octets frame);

}  // namespace ntp
