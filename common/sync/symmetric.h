// Two equals that tell each other the time (RFC 5905 sections 9.2 and 14, modes 1 and 2): each
// sends at its own pace, and every packet answers the other's last one. Here are the on-wire
// tests 1 to 7 of that, and the sample that a packet completes. Answers nothing by itself: who
// hears a packet sends none for it, so nobody can be made to. Knows no socket and no clock.
//
// A packet may answer ours of many minutes ago. The clocks run apart by then, and with the hold
// taken at face value a round trip of one millisecond could come out negative: the time between
// is taken at the rate that is known of our clock, and what is not known of it is added to
// what the other says of its own error.
//
// In interleaved mode (`xleave`, RFC 9769) a packet tells when the one before it really left, and
// names the one it answers by the receive time in it. What it completes is the exchange of the
// other's packet before and of ours that answered that: the other spoke first, its hold is negative
// and so is our span.
#pragma once

#include "common/sync/exchange.h"

namespace ntp {

class SymmetricExchange {
 public:
  SymmetricExchange() = default;
  explicit SymmetricExchange(bool interleaves) : interleaves_{interleaves} {}

  // This packet of ours leaves: the other's next one is expected to answer it.
  void begin(const Header& packet, RawTime sent);
  // A better stamp for its departure. Ignored when it is not the last one's.
  void depart(WireTime transmit, RawTime sent);
  // The raw clock began anew: what was stamped before belongs to no sample.
  void forget();
  // What is known of our clock: UTC gained per raw second, and how uncertain that is (>= 0).
  void know_rate(Rate rate, Rate uncertainty);

  // For the next packet: the transmit time that it answers (zero: none yet) and when that came.
  [[nodiscard]] WireTime origin() const { return remote_transmit_; }
  // The next packet may be in interleaved mode: the two have spoken by turns, so that the other
  // knows of which of our packets it hears. It has `interleaved_origin` then, and its transmit time
  // is that of `sent`.
  [[nodiscard]] bool may_interleave() const {
    return interleaves_ && !remote_receive_.is_zero() && said_since_ == 0 && said_before_ == 1;
  }
  [[nodiscard]] WireTime interleaved_origin() const { return remote_receive_; }
  [[nodiscard]] RawTime heard() const { return heard_; }
  [[nodiscard]] RawTime sent() const { return sent_; }
  // Our last packet has no answer yet.
  [[nodiscard]] bool is_open() const { return !transmit_.is_zero(); }
  // The other's interval, as it said last; the longest that there is before it spoke.
  [[nodiscard]] int remote_poll_log2() const { return remote_poll_log2_; }

  // Judges a packet of the other. One that is valid (tests 1, 2, 3, 5) closes our packet.
  [[nodiscard]] Judgement judge(const Header& packet, const Arrival& arrival, Nanos precision);

 private:
  [[nodiscard]] Result<Sample, Rejection> measure(const Header& packet, RawTime received,
                                                  Nanos precision) const;
  void remember(const Header& packet, RawTime received, bool answers_us);

  bool interleaves_ = false;
  WireTime transmit_{};  // of our last packet; zero once it was answered
  WireTime receive_{};   // in it
  RawTime sent_{};
  WireTime remote_transmit_{}, remote_receive_{};  // of the other's last
  RawTime heard_{};
  int said_since_ = 0,
      said_before_ = 0;  // packets of ours after its last; before it, if it answered
  Rate rate_{};
  Rate uncertainty_ = ppm(100);  // of a crystal that nobody measured yet
  int remote_poll_log2_ = 24;
};

}  // namespace ntp
