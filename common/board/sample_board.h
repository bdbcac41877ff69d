// The ring from refclockd to the network daemon: ReferenceSample as words (sync-board(7)), and
// the connection that hands it over. refclockd listens, the network daemon connects, gets one
// descriptor, and from then on one octet (the bell) whenever something was published; it may say
// one word itself, an octet too: open your log again. Belief is the reader's: a line or refid that
// the configuration does not have is not for it.
#pragma once

#include <string>

#include "common/board/board.h"
#include "common/board/reference_sample.h"

namespace ntp {

template <>
struct Layout<ReferenceSample> {
  static constexpr std::uint64_t magic = 0x3245'4c50'4d41'534d;  // "MSAMPLE2"
  static constexpr std::size_t words = 10;
  [[nodiscard]] static Words<words> encode(const ReferenceSample& sample);
  // Form: enums by name, spans not negative, reserved bits zero.
  [[nodiscard]] static std::optional<ReferenceSample> decode(const Words<words>& from);
};
using SampleBoardWriter = RingWriter<ReferenceSample>;
using SampleBoardReader = RingReader<ReferenceSample>;

// <rundir>/refclockd/refclockd.sock
[[nodiscard]] std::string sample_socket_path(const std::string& run_directory);

// The network daemon's end. Never blocks longer than a second.
class SampleSocket {
 public:
  // Connects and takes the ring; an error while refclockd does not run or does not know us.
  [[nodiscard]] static Result<SampleSocket> connect(const std::string& path);

  // The ring, once, for SampleBoardReader::adopt.
  [[nodiscard]] Fd take_ring() { return std::move(ring_); }
  // Readable: hear_bells, then read all that is in the ring.
  [[nodiscard]] const Fd& fd() const { return socket_; }
  // Empties the socket; false when refclockd has gone: connect again after a while.
  [[nodiscard]] bool hear_bells();
  // refclockd is to open its log again. False: it cannot be told.
  bool cycle_logs();

 private:
  SampleSocket(Fd socket, Fd ring) : socket_{std::move(socket)}, ring_{std::move(ring)} {}
  Fd socket_;
  Fd ring_;
};

// refclockd's end of one connection: sends the descriptor, or a bell. False when the peer has
// gone; a peer that does not read loses bells only.
[[nodiscard]] bool send_ring(const Fd& connection, const Fd& ring);
[[nodiscard]] bool send_bell(const Fd& connection);

// What a reader has said, one octet at a time; any other than its one word is a reason to hang up.
enum class ReaderWord : std::uint8_t { nothing, cycle_logs, hang_up };
[[nodiscard]] ReaderWord hear_reader(const Fd& connection);

}  // namespace ntp
