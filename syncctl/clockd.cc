// Commands that move the clock, handed to clockd past the network daemon. Only clockd judges
// whether we may: it sees our user by the kernel's word.
#include "syncctl/change.h"

#include <fmt/format.h>

namespace ntp::syncctl {

namespace {

Problem problem_of(ClockAnswer answer) {
  switch (answer) {
    case ClockAnswer::not_allowed: return {501, "Not authorised"};
    case ClockAnswer::done:
    case ClockAnswer::malformed:
    case ClockAnswer::no_estimate:
    case ClockAnswer::out_of_range:
    case ClockAnswer::dry_run:
    case ClockAnswer::failed: break;
  }
  return {500, "Failure"};
}

}  // namespace

std::optional<Done> tell_clockd(Session& session, const ClockRequest& request) {
  if (!session.settings.may_ask_clockd) return std::nullopt;
  auto socket = ClockSocket::connect(clock_socket_path(session.settings.run_directory));
  if (!socket) return std::nullopt;
  const auto reply = socket->ask(request);
  if (!reply) {
    session.output.complain(reply.error().message);
    return std::unexpected{Problem{508, "Bad reply from daemon"}};
  }
  if (reply->answer != ClockAnswer::done) {
    session.output.complain(fmt::format("clockd: {}", describe(reply->answer)));
    return std::unexpected{problem_of(reply->answer)};
  }
  show_status(session, 200, "OK");
  return Done{};
}

}  // namespace ntp::syncctl
