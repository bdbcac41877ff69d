// The on-wire tests in their order; see exchange.h.
#include "common/sync/exchange.h"

#include <algorithm>

namespace ntp {
namespace {

constexpr Nanos most_root_distance = 16s;  // RFC 5905 MAXDISP
constexpr Nanos most_hold = 4s;  // what chronyd takes; a longer hold is a clock that stepped

constexpr int most_unanswered = 4;  // then in basic mode again: the server has forgotten us

constexpr std::array<std::string_view, rejection_count> names = {
    "wrong_mode",   "unasked",         "duplicate",       "bogus",      "missing_time",
    "unauthentic",  "told_to_slow",    "told_to_stop",    "other_kiss", "unsynchronised",
    "distant_root", "impossible_time", "already_measured"};

bool is_possible(const Sample& sample) {
  const Nanos hold = sample.server_sent - sample.server_received;
  return sample.received > sample.sent && hold >= -sample.precision && hold <= most_hold;
}

}  // namespace

std::string_view name_of(Rejection rejection) { return names[static_cast<std::size_t>(rejection)]; }

std::optional<Rejection> kiss_in(const Header& answer) {
  if (answer.refid == refid_unsynchronised) return std::nullopt;
  switch (kiss_of(answer.stratum, answer.refid)) {
    case Kiss::none: return std::nullopt;
    case Kiss::rate: return Rejection::told_to_slow;
    case Kiss::deny:
    case Kiss::restrict: return Rejection::told_to_stop;
    case Kiss::nts_nak:
    case Kiss::other: return Rejection::other_kiss;
  }
  return Rejection::other_kiss;
}

bool is_root_distant(const Header& answer) {
  return from_short(answer.root_delay) / 2 + from_short(answer.root_dispersion) >=
         most_root_distance;
}

Sample to_sample(const Header& answer, RawTime sent, RawTime received, Nanos precision) {
  return {.sent = sent,
          .server_received = from_wire(answer.receive),
          .server_sent = from_wire(answer.transmit),
          .received = received,
          .root_delay = from_short(answer.root_delay),
          .root_dispersion = from_short(answer.root_dispersion),
          .precision = std::max(precision + from_precision(answer.precision_log2), Nanos{1}),
          .leap = answer.leap,
          .stratum = answer.stratum};
}

Header Exchange::begin(std::uint64_t nonce, RawTime sent, std::uint8_t version, int poll_log2,
                       std::uint64_t second_nonce) {
  nonce_ = {nonce == 0 ? 1 : nonce};
  const bool may_interleave = second_nonce != 0 && second_nonce != nonce_.bits && version == 4 &&
                              !before_.server_received.is_zero() &&
                              before_.asked_since < most_unanswered;
  second_nonce_ = {may_interleave ? second_nonce : 0};
  ++before_.asked_since;
  sent_ = sent;
  version_ = version;
  open_ = true;
  return {.leap = Leap::none,
          .version = version,
          .mode = Mode::client,
          .stratum = 0,
          .poll_log2 = static_cast<std::int8_t>(std::clamp(poll_log2, -128, 127)),
          .precision_log2 = 32,
          .origin = may_interleave ? before_.server_received : WireTime{},
          .receive = second_nonce_,
          .transmit = nonce_};
}

void Exchange::depart(WireTime nonce, RawTime sent) {
  if (open_ && nonce == nonce_) sent_ = sent;
}

Judgement Exchange::judge(const Header& answer, const Arrival& arrival, Nanos precision) {
  Judgement judgement;
  const auto refuse = [&judgement](Rejection why) {
    judgement.outcome = std::unexpected{why};
    return judgement;
  };
  const auto pass = [&judgement](std::uint16_t test) { judgement.passed |= test; };

  if (answer.mode != Mode::server || answer.version != version_)
    return refuse(Rejection::wrong_mode);
  if (!open_) return refuse(Rejection::unasked);
  if (answer.receive == last_receive_ && answer.transmit == last_transmit_)
    return refuse(Rejection::duplicate);
  pass(passed::test1);
  const bool interleaved = answer.origin != nonce_;
  if (interleaved && (second_nonce_.is_zero() || answer.origin != second_nonce_))
    return refuse(Rejection::bogus);
  judgement.is_interleaved = interleaved;
  pass(passed::test2);
  const auto kissed = kiss_in(answer);
  // A kiss carries no time, so it may leave the stamps of test 3 empty.
  if (!kissed && (answer.receive.is_zero() || answer.transmit.is_zero()))
    return refuse(Rejection::missing_time);
  pass(passed::test3);
  if (!arrival.authentic) return refuse(Rejection::unauthentic);
  pass(passed::test5);

  // Asked for and authentic: the request is answered, and nobody else can answer it.
  open_ = false;
  last_receive_ = answer.receive;
  last_transmit_ = answer.transmit;
  const Result<Sample, Rejection> measured =
      measure(answer, arrival.received, interleaved, precision);
  remember(answer, arrival.received);

  if (answer.leap == Leap::unsynchronised || answer.stratum < 1 || answer.stratum > 15)
    return refuse(kissed.value_or(Rejection::unsynchronised));
  pass(passed::test6);
  if (is_root_distant(answer)) return refuse(Rejection::distant_root);
  pass(passed::test7);

  before_.is_usable = true;
  before_.is_measured = measured.has_value() && !interleaved;
  if (!measured) return refuse(measured.error());
  judgement.outcome = *measured;
  return judgement;
}

// The four instants that the answer completes: its own exchange's, or in interleaved mode those of
// the exchange before, whose third only this answer tells.
Result<Sample, Rejection> Exchange::measure(const Header& answer, RawTime received,
                                            bool interleaved, Nanos precision) {
  if (answer.receive.is_zero() || answer.transmit.is_zero())
    return std::unexpected{Rejection::missing_time};
  Sample sample = to_sample(answer, sent_, received, precision);
  if (interleaved) {
    if (!before_.is_usable || before_.is_measured)
      return std::unexpected{Rejection::already_measured};
    sample.sent = before_.sent;
    sample.received = before_.received;
    sample.server_received = from_wire(before_.server_received);
    sample.root_delay = from_short(before_.root_delay);
    sample.root_dispersion = from_short(before_.root_dispersion);
  }
  if (!is_possible(sample)) return std::unexpected{Rejection::impossible_time};
  return sample;
}

void Exchange::remember(const Header& answer, RawTime received) {
  before_ = {.sent = sent_,
             .received = received,
             .server_received = answer.receive,
             .root_delay = answer.root_delay,
             .root_dispersion = answer.root_dispersion};
}

}  // namespace ntp
