// Commands for the hardware clock, handed to rtcd past the network daemon, which may not touch
// it. Only rtcd judges whether we may: it sees our user by the kernel's word.
#include <fmt/format.h>

#include "common/board/rtc_socket.h"
#include "syncctl/change.h"

namespace ntp::syncctl {
namespace {

using control::Command;

constexpr Nanos patience = 8s;  // to set it takes a second and up to three looks for its tick

std::optional<Problem> problem_of(RtcAnswer answer) {
  switch (answer) {
    case RtcAnswer::tracking:
    case RtcAnswer::done: return std::nullopt;
    case RtcAnswer::not_allowed: return Problem{501, "Not authorised"};
    case RtcAnswer::no_rtc: return Problem{513, "RTC driver not running"};
    case RtcAnswer::not_trusted:
    case RtcAnswer::failed: return Problem{500, "Failure"};
  }
  return Problem{500, "Failure"};
}

Done tell_rtcd(Session& session, RtcOperation operation, Command otherwise) {
  if (!session.settings.may_ask_clockd) return change(session, otherwise);
  auto socket = RtcSocket::ask(rtc_socket_path(session.settings.run_directory), operation);
  if (!socket) return change(session, otherwise);
  const auto reply = socket->wait(patience);
  if (!reply) {
    session.output.complain(reply.error().message);
    return std::unexpected{Problem{508, "Bad reply from daemon"}};
  }
  if (reply->answer == RtcAnswer::not_trusted)
    session.output.complain("rtcd: the system clock is not known to be right");
  if (const auto problem = problem_of(reply->answer)) return std::unexpected{*problem};
  show_status(session, 200, "OK");
  return Done{};
}

}  // namespace

Done trim_rtc(Session& session, Words) {
  return tell_rtcd(session, RtcOperation::trim, Command::trim_rtc);
}

Done write_rtc(Session& session, Words) {
  return tell_rtcd(session, RtcOperation::write, Command::write_rtc);
}

}  // namespace ntp::syncctl
