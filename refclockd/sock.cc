// chrony's SOCK interface: whoever may write to the socket sends one datagram a sample. A longer
// or shorter one is refused whole: it is some other structure.
#include <sys/socket.h>

#include <cmath>
#include <cstring>

#include "common/base/fd.h"
#include "common/os/service.h"
#include "refclockd/sock_message.h"

namespace ntp::refclockd {
namespace {

class SockDriver final : public Driver {
 public:
  SockDriver(Fd socket, bool is_pulse) : socket_{std::move(socket)}, is_pulse_{is_pulse} {}

  Result<Look, Nothing> look(Clocks&) override {
    std::byte octets[sizeof(SockMessage) + 1];
    const ssize_t size =
        ::recvfrom(socket_.number(), octets, sizeof octets, MSG_DONTWAIT, nullptr, nullptr);
    if (size < 0) return std::unexpected{Nothing::not_yet};
    auto found = parse_sock({octets, static_cast<std::size_t>(size)});
    if (found && is_pulse_) found->is_pulse = true;
    return found;
  }
  int fd() const override { return socket_.number(); }

 private:
  Fd socket_;
  bool is_pulse_;
};

}  // namespace

Result<Look, Nothing> parse_sock(Octets datagram) {
  constexpr double most_offset = 4e9;  // s: from 1970 to 2106
  SockMessage message;
  if (datagram.size() != sizeof message) return std::unexpected{Nothing::malformed};
  std::memcpy(&message, datagram.data(), sizeof message);
  const bool is_sane =
      message.magic == SockMessage::expected_magic && message.leap >= 0 && message.leap <= 2 &&
      message.seconds >= 0 && message.seconds < 8'000'000'000 && message.micros >= 0 &&
      message.micros < 1'000'000 && std::abs(message.offset) < most_offset;  // false for NaN
  if (!is_sane) return std::unexpected{Nothing::malformed};
  const Nanos system =
      std::chrono::seconds{message.seconds} + std::chrono::microseconds{message.micros};
  return Look{.system = {system},
              .utc = {system + to_nanos(message.offset)},
              .is_pulse = message.pulse != 0,
              .leap = Leap{static_cast<std::uint8_t>(message.leap)}};
}

Result<std::unique_ptr<Driver>> open_sock(const RefclockSettings& settings) {
  NTP_TRY(know_options(settings, {"perm="}));
  const unsigned permission = NTP_TRY(permission_of(settings, 0600));
  Fd socket = NTP_TRY(bind_datagram(settings.parameter, static_cast<mode_t>(permission)));
  return std::make_unique<SockDriver>(std::move(socket), settings.pps);
}

}  // namespace ntp::refclockd
