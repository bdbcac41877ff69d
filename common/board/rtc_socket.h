// How a program talks to rtcd: one SOCK_SEQPACKET connection to <rundir>/rtcd/rtcd.sock, fixed
// 64-octet messages; the kernel says who we are. Anyone may observe how the hardware clock runs
// and have its log opened again, root may have it set or its file written. Decides nothing about
// either clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

enum class RtcOperation : std::uint8_t {
  observe = 1,     // anyone: how it runs, now and after each measurement
  trim = 2,        // root: set it to the system clock
  write = 3,       // root: write the rtcfile
  cycle_logs = 4,  // anyone: open rtc.log again
};

enum class RtcAnswer : std::uint8_t {
  tracking = 1,     // to an observer
  done = 2,         // a command was obeyed
  not_allowed = 3,  // wrong user
  no_rtc = 4,       // there is none, or nothing is known of it
  not_trusted = 5,  // the system clock is not known to be right
  failed = 6,       // the device or the file refused
};

// How the hardware clock runs.
struct RtcTracking {
  UtcTime reference{};  // of the newest measurement
  Nanos fast{0};        // it showed more than UTC by so much then
  Rate gain{};          // gained per second of UTC
  std::uint32_t samples = 0, runs = 0;
  Nanos span{0};  // from the oldest measurement to the newest
  bool operator==(const RtcTracking&) const = default;
};

// What the hardware clock showed and was not believed, by reason, since rtcd started.
struct RtcRefusals {
  std::uint32_t low_battery = 0, too_old = 0, before_saved = 0, too_far = 0;
  bool operator==(const RtcRefusals&) const = default;
};

struct RtcReply {
  RtcAnswer answer{};
  RtcTracking tracking{};
  RtcRefusals refused{};
};

inline constexpr std::size_t rtc_message_size = 64;
using RtcMessage = std::array<std::byte, rtc_message_size>;
[[nodiscard]] RtcMessage encode(RtcOperation operation);
[[nodiscard]] RtcMessage encode(const RtcReply& reply);
// Exact size, magic, known enum, reserved zero; nothing else is believed.
[[nodiscard]] std::optional<RtcOperation> decode_rtc_operation(Octets message);
[[nodiscard]] std::optional<RtcReply> decode_rtc_reply(Octets message);

// <rundir>/rtcd/rtcd.sock
[[nodiscard]] std::string rtc_socket_path(const std::string& run_directory);

class RtcSocket {
 public:
  // Connects and asks; never blocks.
  [[nodiscard]] static Result<RtcSocket> ask(const std::string& path, RtcOperation operation);
  // The next message that is there; an error when rtcd has gone or talks nonsense.
  [[nodiscard]] Result<std::optional<RtcReply>> take();
  // The answer within so long.
  [[nodiscard]] Result<RtcReply> wait(Nanos most);
  // Something more on the same connection; its answer is among what `take` yields.
  [[nodiscard]] bool say(RtcOperation operation) const;
  [[nodiscard]] const Fd& fd() const { return socket_; }

 private:
  explicit RtcSocket(Fd socket) : socket_{std::move(socket)} {}
  Fd socket_;
};

}  // namespace ntp
