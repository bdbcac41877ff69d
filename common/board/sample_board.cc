// Words and messages of the reference clocks' ring. The descriptor travels in the first message
// by SCM_RIGHTS; everything after it is a bell.
#include "common/board/sample_board.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "common/base/fd_message.h"
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

// Takes the first message.
Result<Fd> receive_ring(const Fd& socket) {
  std::array<std::byte, 1> octet{};
  Fd ring;
  const FdMessage message = receive_with_fds(socket, octet, {&ring, 1});
  if (message.size < 0) return system_failure("receive the ring of refclockd");
  if (message.size != 1 || octet[0] != ring_message || !ring.is_open())
    return failure("refclockd does not hand out its ring to us");
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
  return send_with_fd(connection, {&ring_message, 1}, ring.number(), MSG_DONTWAIT) == 1;
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
