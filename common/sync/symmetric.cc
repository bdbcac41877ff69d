// The tests in RFC 5905's order; see symmetric.h.
#include "common/sync/symmetric.h"

#include <algorithm>

namespace ntp {
namespace {

// Wire times are a circle of 136 years: later is less than half of it ahead.
bool is_later(WireTime a, WireTime b) {
  return a != b && static_cast<std::int64_t>(a.bits - b.bits) > 0;
}

}  // namespace

void SymmetricExchange::begin(const Header& packet, RawTime sent) {
  transmit_ = packet.transmit;
  receive_ = packet.receive;
  sent_ = sent;
  ++said_since_;
}

void SymmetricExchange::depart(WireTime transmit, RawTime sent) {
  if (is_open() && transmit == transmit_) sent_ = sent;
}

void SymmetricExchange::forget() {
  transmit_ = {};
  remote_transmit_ = {};
  remote_receive_ = {};
}

void SymmetricExchange::know_rate(Rate rate, Rate uncertainty) {
  rate_ = rate;
  uncertainty_ = uncertainty;
}

Judgement SymmetricExchange::judge(const Header& packet, const Arrival& arrival, Nanos precision) {
  Judgement judgement;
  const auto refuse = [&judgement](Rejection why) {
    judgement.outcome = std::unexpected{why};
    return judgement;
  };
  const auto pass = [&judgement](std::uint16_t test) { judgement.passed |= test; };

  if (packet.mode != Mode::active && packet.mode != Mode::passive)
    return refuse(Rejection::wrong_mode);
  if (packet.transmit == remote_transmit_ && !packet.transmit.is_zero())
    return refuse(Rejection::duplicate);
  pass(passed::test1);
  const bool interleaved = interleaves_ && is_open() && packet.origin == receive_ &&
                           !receive_.is_zero() && packet.version == 4;
  const bool answers_us = interleaved || (is_open() && packet.origin == transmit_);
  judgement.is_interleaved = interleaved;
  const RawTime heard_before = heard_;
  if (answers_us) pass(passed::test2);
  const auto kissed = kiss_in(packet);
  const bool has_times = !packet.transmit.is_zero() && !packet.receive.is_zero();
  if (has_times || (answers_us && kissed)) pass(passed::test3);
  if (arrival.authentic) pass(passed::test5);
  // The first packet of the other answers nothing (origin 0) and is answered none the less. An old
  // one that somebody sends again must not be: only what is later than the last, or answers us.
  const bool is_news =
      answers_us || remote_transmit_.is_zero() || is_later(packet.transmit, remote_transmit_);
  if (arrival.authentic && is_news && !packet.transmit.is_zero() && !kissed)
    remember(packet, arrival.received, answers_us);
  if (!answers_us) return refuse(is_open() ? Rejection::bogus : Rejection::unasked);
  if (!judgement.is_valid())
    return refuse(arrival.authentic ? Rejection::missing_time : Rejection::unauthentic);

  transmit_ = {};  // a second packet with this origin answers nothing
  if (packet.leap == Leap::unsynchronised || packet.stratum < 1 || packet.stratum > 15)
    return refuse(kissed.value_or(Rejection::unsynchronised));
  pass(passed::test6);
  if (is_root_distant(packet)) return refuse(Rejection::distant_root);
  pass(passed::test7);
  judgement.outcome = measure(packet, interleaved ? heard_before : arrival.received, precision);
  return judgement;
}

// As an exchange without any hold: the middle of our two instants is the middle of the other's
// two, and around it lies the round trip that is left when the hold is taken out. In interleaved
// mode both differences are negative.
Result<Sample, Rejection> SymmetricExchange::measure(const Header& packet, RawTime received,
                                                     Nanos precision) const {
  Sample sample = to_sample(packet, sent_, received, precision);
  const Nanos hold = sample.server_sent - sample.server_received;
  const Nanos span = received - sent_;
  const bool other_first = span < Nanos{0};
  if (span == Nanos{0} || (other_first ? hold > sample.precision : hold < -sample.precision))
    return std::unexpected{Rejection::impossible_time};
  const Nanos doubt = uncertainty_ * std::chrono::abs(span);
  const Nanos delay = span + rate_ * span - hold;
  if (delay < -(sample.precision + doubt)) return std::unexpected{Rejection::impossible_time};
  const Nanos half = std::max(delay / 2, Nanos{1});
  const RawTime middle = sent_ + span / 2;
  sample.sent = middle - half;
  sample.received = middle + half;
  sample.server_received += hold / 2;
  sample.server_sent = sample.server_received;
  sample.root_dispersion += doubt;
  return sample;
}

void SymmetricExchange::remember(const Header& packet, RawTime received, bool answers_us) {
  remote_transmit_ = packet.transmit;
  remote_receive_ = packet.receive;
  heard_ = received;
  said_before_ = answers_us ? said_since_ : 0;
  said_since_ = 0;
  remote_poll_log2_ = packet.poll_log2;
}

}  // namespace ntp
