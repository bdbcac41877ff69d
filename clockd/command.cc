// What a visitor may ask: everybody to see the status, the feeder to hand in a ring, root to
// move the clock by hand.
#include <algorithm>

#include "clockd/daemon.h"
#include "common/base/log.h"

namespace ntp::clockd {

namespace {

constexpr Rate most_rate_by_hand = ppm(1000);

bool may_hand_in(const Daemon& d, const Visitor& visitor) {
  return visitor.uid == 0 || visitor.uid == d.with.feeder;
}

ClockReply take_ring(Daemon& d, std::size_t place, Message& message) {
  auto ring = EstimateReader::adopt(std::move(message.descriptor));
  const auto session = static_cast<std::uint64_t>(message.request.first);
  if (!ring || ring->session() != session || session == 0) {
    count(d, Refusal::hand_over);
    return {ClockAnswer::malformed};
  }
  d.ring = std::move(*ring);
  // The same session again, after a lost connection, goes on where it was: nothing is replayed.
  if (session != d.session.id) {
    const Session old = d.session;
    d.session = {.id = session, .not_before = old.not_before, .taught = old.taught};
  }
  d.visitors.mark_feeder(place);
  return {ClockAnswer::done};
}

// The latest estimate, whether or not policy let it pass, if it is fresh enough to act on.
const EstimateRecord* target_of_step(const Daemon& d, RawTime now) {
  const bool is_fresher =
      d.plausible && (!d.obeyed || d.plausible->published > d.obeyed->published);
  const auto& newest = is_fresher ? d.plausible : d.obeyed;
  return newest && now - newest->published <= patience(*newest) ? &*newest : nullptr;
}

ClockReply make_step(Daemon& d) {
  const Reading now = d.clocks.read();
  const EstimateRecord* const target = target_of_step(d, now.raw);
  if (target == nullptr) return {ClockAnswer::no_estimate};
  const Nanos advance = -error_of(target->line, now);
  if (!step(d, advance, now.raw)) return {ClockAnswer::failed};
  if (d.with.dry_run) return {ClockAnswer::dry_run, advance.count()};
  pin_by_command(*target, now.raw, d.memory);
  d.obeyed = *target;
  d.obeyed_at = now.raw;
  d.again = std::max(now.raw, d.ordered + least_order_gap);
  return {ClockAnswer::done, advance.count()};
}

ClockReply change_step_gate(Daemon& d, const ClockRequest& request) {
  const bool is_sane = request.first >= 0 && Nanos{request.first} <= Nanos{1'000'000'000s} &&
                       request.second >= INT32_MIN && request.second <= INT32_MAX;
  if (!is_sane) return {ClockAnswer::out_of_range};
  d.with.policy.makestep = StepPolicy{Nanos{request.first}, static_cast<int>(request.second)};
  d.memory.updates = 0;
  return {ClockAnswer::done};
}

// The next estimate takes both back: they are for people who want to see it do so.
ClockReply adjust_by_hand(Daemon& d, Nanos offset, Rate rate) {
  if (offset < -most_kernel_offset || offset > most_kernel_offset || abs(rate) > most_rate_by_hand)
    return {ClockAnswer::out_of_range};  // not std::abs(offset): that of the least is itself
  const Reading now = d.clocks.read();
  Order order = hold_over(d.base + rate);
  order.adjustment.offset = offset;
  if (!apply(d, order, now)) return {ClockAnswer::failed};
  return {d.with.dry_run ? ClockAnswer::dry_run : ClockAnswer::done};
}

bool may_ask(const Daemon& d, const Visitor& visitor, ClockOperation operation) {
  if (operation == ClockOperation::ring_bell || operation == ClockOperation::observe) return true;
  if (operation == ClockOperation::offer_ring) return may_hand_in(d, visitor);
  if (visitor.uid != 0) return false;
  log_info("Command {} from root", std::to_underlying(operation));
  return true;
}

ClockReply obey(Daemon& d, std::size_t place, Message& message) {
  const ClockRequest& request = message.request;
  switch (request.operation) {
    case ClockOperation::ring_bell:
    case ClockOperation::observe: return {ClockAnswer::done};
    case ClockOperation::offer_ring: return take_ring(d, place, message);
    case ClockOperation::make_step: return make_step(d);
    case ClockOperation::change_step_gate: return change_step_gate(d, request);
    case ClockOperation::adjust_offset: return adjust_by_hand(d, Nanos{request.first}, {});
    case ClockOperation::adjust_rate:
      return adjust_by_hand(d, Nanos{0}, rate_from_e15(request.first));
    case ClockOperation::know_leap:
      if (request.first < 0 || request.second < -1 || request.second > 1) break;
      d.with.leaps.know({{Nanos{request.first}}, 0, static_cast<int>(request.second)});
      d.leap_look = {};  // now
      break;
    case ClockOperation::relearn: d.memory = {.floor = d.with.policy.floor};
  }
  return {ClockAnswer::done};
}

// False if the visitor must go.
bool act(Daemon& d, std::size_t place, const Visitor& visitor, Message& message) {
  const ClockOperation operation = message.request.operation;
  ClockReply reply{ClockAnswer::not_allowed};
  if (may_ask(d, visitor, operation)) reply = obey(d, place, message);
  else count(d, Refusal::hand_over);
  if (operation == ClockOperation::ring_bell) return true;  // that it came is all
  answer(visitor.socket, reply, operation == ClockOperation::observe ? d.board.fd().number() : -1);
  return reply.answer != ClockAnswer::not_allowed && reply.answer != ClockAnswer::malformed;
}

}  // namespace

void serve(Daemon& d, std::size_t place) {
  const Visitor* const visitor = d.visitors.ready(place);
  if (visitor == nullptr) return;
  Message message;
  switch (hear(*visitor, may_hand_in(d, *visitor), message)) {
    case Heard::nothing: return;
    case Heard::gone: d.visitors.dismiss(place); return;
    case Heard::nonsense:
      count(d, Refusal::hand_over);
      answer(visitor->socket, {ClockAnswer::malformed});
      d.visitors.dismiss(place);
      return;
    case Heard::message:
      if (!act(d, place, *visitor, message)) d.visitors.dismiss(place);
      return;
  }
}

}  // namespace ntp::clockd
