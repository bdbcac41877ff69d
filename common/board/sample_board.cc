// Words and messages of the reference clocks' ring. The descriptor travels in the first message
// by SCM_RIGHTS; everything after it is a bell.
#include "common/board/sample_board.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "common/board/seqpacket.h"

namespace ntp {
namespace {

constexpr std::byte ring_message{'R'};
constexpr std::byte bell_message{'B'};
constexpr std::byte cycle_message{'C'};

std::uint64_t bits(Nanos span) { return static_cast<std::uint64_t>(span.count()); }
Nanos span(std::uint64_t bits) { return Nanos{static_cast<std::int64_t>(bits)}; }

bool has_gone() { return errno != EAGAIN && errno != EINTR && errno != ENOBUFS; }

Result<void> wait_readable(const Fd& socket) {
  pollfd one{.fd = socket.number(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&one, 1, 1000);
  if (ready < 0) return system_failure("poll");
  if (ready == 0) return failure("refclockd does not answer");
  return {};
}

// Takes the first message; any surplus descriptor is closed.
Result<Fd> receive_ring(const Fd& socket) {
  std::byte octet{};
  iovec part{.iov_base = &octet, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(socket.number(), &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return system_failure("receive the ring of refclockd");
  Fd ring;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(c) + at, sizeof number);
      ring = Fd{number};  // the last one stays
    }
  }
  if (size != 1 || octet != ring_message || !ring.is_open()) {
    return failure("refclockd does not hand out its ring to us");
  }
  return ring;
}

}  // namespace

Words<Layout<ReferenceSample>::words> Layout<ReferenceSample>::encode(const ReferenceSample& s) {
  return {s.sequence,
          static_cast<std::uint64_t>(s.line) << 32 | s.reference_id,
          bits(s.taken.since_zero),
          bits(s.utc.since_zero),
          bits(s.pulse_interval),
          bits(s.dispersion),
          bits(s.delay),
          bits(s.precision),
          static_cast<std::uint64_t>(s.leap) << 8 | s.stratum,
          bits(s.spread)};
}

std::optional<ReferenceSample> Layout<ReferenceSample>::decode(const Words<words>& from) {
  const std::uint64_t leap = from[8] >> 8;
  const std::uint64_t stratum = from[8] & 0xff;
  ReferenceSample sample{.sequence = from[0],
                         .line = static_cast<std::uint32_t>(from[1] >> 32),
                         .reference_id = static_cast<std::uint32_t>(from[1]),
                         .taken = {span(from[2])},
                         .utc = {span(from[3])},
                         .pulse_interval = span(from[4]),
                         .dispersion = span(from[5]),
                         .spread = span(from[9]),
                         .delay = span(from[6]),
                         .precision = span(from[7])};
  constexpr Nanos most = 100s;  // of any span here: also keeps sums of them far from overflow
  const auto is_sane = [&](Nanos value) { return value >= Nanos{0} && value <= most; };
  if (sample.sequence == 0 || leap > 3 || stratum > 15) return std::nullopt;
  if (!is_sane(sample.pulse_interval) || !is_sane(sample.dispersion) || !is_sane(sample.delay) ||
      sample.spread < -most_spread || sample.spread > most_spread || !is_sane(sample.precision) ||
      sample.precision == Nanos{0}) {
    return std::nullopt;
  }
  sample.leap = Leap{static_cast<std::uint8_t>(leap)};
  sample.stratum = static_cast<std::uint8_t>(stratum);
  return sample;
}

std::string sample_socket_path(const std::string& run_directory) {
  return run_directory + "/refclockd/refclockd.sock";
}

Result<SampleSocket> SampleSocket::connect(const std::string& path) {
  Fd socket = NTP_TRY(connect_seqpacket(path, Blocking::no));
  NTP_TRY(wait_readable(socket));
  Fd ring = NTP_TRY(receive_ring(socket));
  return SampleSocket{std::move(socket), std::move(ring)};
}

bool SampleSocket::hear_bells() {
  std::byte octets[8];
  for (;;) {
    const ssize_t size = ::recv(socket_.number(), octets, sizeof octets, MSG_DONTWAIT);
    if (size == 0) return false;
    if (size < 0) return !has_gone();
  }
}

bool SampleSocket::cycle_logs() {
  return ::send(socket_.number(), &cycle_message, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

bool send_ring(const Fd& connection, const Fd& ring) {
  std::byte octet = ring_message;
  iovec part{.iov_base = &octet, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = ring.number();
  std::memcpy(CMSG_DATA(c), &number, sizeof number);
  return ::sendmsg(connection.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

bool send_bell(const Fd& connection) {
  return ::send(connection.number(), &bell_message, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ||
         !has_gone();
}

ReaderWord hear_reader(const Fd& connection) {
  std::byte octet{};
  const ssize_t size = ::recvfrom(connection.number(), &octet, 1, MSG_DONTWAIT, nullptr, nullptr);
  if (size < 0) return has_gone() ? ReaderWord::hang_up : ReaderWord::nothing;
  return size == 1 && octet == cycle_message ? ReaderWord::cycle_logs : ReaderWord::hang_up;
}

}  // namespace ntp
