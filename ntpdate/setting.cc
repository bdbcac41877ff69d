// Two masters of one clock would fight. A clockd that follows an estimate gets no second opinion:
// a step goes through it (it steps to its own estimate), a small offset it is removing already.
// One without an estimate is told the offset; where it cannot help, the kernel does it.
#include "ntpdate/setting.h"

#include "common/board/status_board.h"
#include "common/os/kernel_clock.h"

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

// With classic ntpdate's words for what the kernel refuses.
Result<Outcome> tell_kernel(const Order& order) {
  const KernelClock kernel;
  const auto done = order.step ? kernel.step(order.offset) : kernel.slew_once(order.offset);
  if (done) return Outcome::set;
  return system_failure(order.step ? "step-systime" : "Can't adjust the time of day",
                        done.error().code);
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
    return ask(*clockd,
               {.operation = ClockOperation::adjust_offset, .first = order.offset.count()});
  }
  return tell_kernel(order);
}

}  // namespace ntp::ntpdate
