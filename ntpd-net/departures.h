// When answers really left. Two uses: the send path (how long after we read the clock does
// an answer leave, so that the next one can say so) and interleaved mode (RFC 9769: tell a
// client the departure of its previous answer). Bounded memory, pure.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/time/instants.h"
#include "common/wire/header.h"
#include "ntpd-net/server_counters.h"

namespace ntp {

// The median of the newest few samples: one answer that waited behind others, or a machine
// that was busy for a moment, does not move it.
class RunningMedian {
 public:
  void take(Nanos sample);
  [[nodiscard]] Nanos value() const { return value_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  static constexpr std::size_t window = 31;
  std::array<Nanos, window> samples_{};
  std::size_t count_ = 0;  // ever taken
  Nanos value_{0};
};

// The time from reading the clock to the departure of answer number `place` of a batch, as
// first + place * step; learnt from samples, 0 before the first.
//
// An answer whose departure the kernel is asked for leaves later than others: it is copied
// for us just before it is stamped (5 us with cold caches). So the same call is timed with
// and without a sample, and the first answer's share is scaled by the ratio. Assumed: what
// the sample adds is spread over the call as its other work is.
class SendPath {
 public:
  [[nodiscard]] Nanos to_departure(std::size_t place) const {
    return first_ + step_.value() * static_cast<std::int64_t>(place);
  }
  // What an answer at `place` really took; nonsense (negative, over 1 ms) is not learnt.
  void take(std::size_t place, Nanos took);
  // How long it took to send one answer alone, from reading the clock to the call's return.
  void take_call(bool sampled, Nanos took);
  [[nodiscard]] Nanos first() const { return first_; }
  // Few samples yet: ask for more.
  [[nodiscard]] bool is_new() const { return sampled_first_.count() < 16; }

 private:
  void learn();

  RunningMedian sampled_first_;
  RunningMedian step_;
  RunningMedian sampled_call_;
  RunningMedian plain_call_;
  Nanos first_{0};
};

// Answers whose departure the kernel was asked for and has not told yet.
class ExpectedDepartures {
 public:
  struct Expected {
    WireTime receive{};     // in the answer
    std::size_t place = 0;  // in its batch
    SystemTime read_at{};   // when the clock was read for it
  };
  void expect(const Expected& answer) { slot_of(answer.receive) = answer; }
  // Each is found once only.
  [[nodiscard]] std::optional<Expected> take(WireTime receive);

 private:
  // The lowest bits of a receive time are random, but for the very last.
  [[nodiscard]] Expected& slot_of(WireTime receive) {
    return slots_[(receive.bits >> 1) % slots_.size()];
  }
  std::array<Expected, 256> slots_{};
};

// Departures by the receive time in the answer, which is unique; a fixed number of places,
// where a later one pushes an earlier one out.
class DepartureStore {
 public:
  static constexpr std::size_t capacity = 1 << 14;

  // `random` keeps others from choosing receive times that meet in one place.
  explicit DepartureStore(std::uint64_t random);

  // Remembers an answer with the best guess of its departure.
  void keep(WireTime receive, WireTime guess);
  // The kernel's or a card's word arrived. False when the answer is not kept.
  bool correct(WireTime receive, WireTime departure, Count by);
  struct Departed {
    WireTime time{};
    Count by = Count::daemon_transmit_stamps;  // our guess, the kernel's word, a card's
  };
  // Each departure is told once only: it is forgotten.
  [[nodiscard]] std::optional<Departed> take(WireTime receive);
  [[nodiscard]] std::size_t size() const { return size_; }
  // How long ago the earliest receive time was that is kept, in whole seconds, never negative; 0
  // when there is none. Looks at every place.
  [[nodiscard]] std::uint64_t seconds(UtcTime now) const;

 private:
  struct Entry {
    WireTime receive{};
    Departed departed{};
  };
  [[nodiscard]] Entry& place_of(WireTime receive);

  std::uint64_t secret_;
  std::size_t size_ = 0;
  std::unique_ptr<std::array<Entry, capacity>> entries_;
};

}  // namespace ntp
