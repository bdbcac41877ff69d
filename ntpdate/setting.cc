// Two masters of one clock would fight. A clockd that follows an estimate gets no second opinion:
// a step goes through it (it steps to its own estimate), a small offset it is removing already.
// One without an estimate is told the offset; where it cannot help, the kernel does it.
#include "ntpdate/setting.h"

#include <sys/time.h>
#include <time.h>

#include "common/board/status_board.h"

namespace ntp::ntpdate {
namespace {

bool follows_an_estimate(ClockSocket& clockd) {
  auto page = clockd.observe();
  if (!page) return false;
  const auto reader = StatusReader::adopt(std::move(*page));
  if (!reader) return false;
  const auto status = reader->latest();
  return status && status->state == ClockState::synchronised;
}

Result<Outcome> ask(ClockSocket& clockd, const ClockRequest& request) {
  const ClockReply reply = NTP_TRY(clockd.ask(request));
  if (reply.answer == ClockAnswer::done) return Outcome::set;
  return failure(std::string{"clockd: "} + describe(reply.answer));
}

Result<Outcome> step(Nanos offset) {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return system_failure("step-systime");
  const Nanos target = std::chrono::seconds{now.tv_sec} + Nanos{now.tv_nsec} + offset;
  const timespec then{.tv_sec = target / 1s, .tv_nsec = (target % 1s).count()};
  if (::clock_settime(CLOCK_REALTIME, &then) != 0) return system_failure("step-systime");
  return Outcome::set;
}

Result<Outcome> slew(Nanos offset) {
  const auto micros = std::chrono::round<std::chrono::microseconds>(offset).count();
  const timeval by{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
  if (::adjtime(&by, nullptr) != 0) return system_failure("Can't adjust the time of day");
  return Outcome::set;
}

}  // namespace

std::optional<ClockSocket> find_clockd(const std::string& rundir) {
  auto clockd = ClockSocket::connect(clock_socket_path(rundir));
  if (!clockd) return std::nullopt;
  return std::move(*clockd);
}

Result<Outcome> carry_out(const Order& order, std::optional<ClockSocket>& clockd) {
  if (clockd && follows_an_estimate(*clockd)) {
    if (!order.step) return Outcome::left_alone;
    return ask(*clockd, {.operation = ClockOperation::make_step});
  }
  if (clockd && !order.step) {
    return ask(*clockd, {.operation = ClockOperation::adjust_offset, .first = order.offset.count()});
  }
  return order.step ? step(order.offset) : slew(order.offset);
}

}  // namespace ntp::ntpdate
