// How long to wait before asking a source again: by an error budget, not by habit. The interval
// grows only while the predicted error at its end stays inside what the source can give, and
// shrinks at once when a sample surprises. Includes the start: burst, then waits that
// grow with the baseline up to the interval. In the long run there is one request each interval:
// what the start or a link that is back asks for early is made up for by longer waits.
// Knows no socket and no timer; adds no random spread (the caller does, against lock-step).
#pragma once

#include <cstdint>

#include "common/sync/poll_params.h"
#include "common/time/instants.h"

namespace ntp {

// What the operator said (chrony.conf(5), server options). Powers of two seconds, -7 .. 24.
struct PollOptions {
  int least_log2 = 6;           // minpoll
  int most_log2 = 10;           // maxpoll
  bool burst_at_start = false;  // iburst
  int target = 8;               // polltarget: twice as many wants half the interval
  auto operator<=>(const PollOptions&) const = default;
};

// What the estimator says about a source after a sample (Ensemble::poll_evidence).
struct PollEvidence {
  Nanos deviation{0};      // sd of the source's line one interval from now
  Nanos deviation_now{0};  // ... now, just after the sample
  Nanos noise{0};          // sd of what one sample that met no queue says
  Nanos intercept{0};      // span over which the rate's wander adds up to one sample's noise
  double surprise = 0;  // |prediction error| of the sample beyond its delay, in its sd; 3 is much
  int samples = 0;      // that the line rests on
  bool is_on_trust = false;   // the rate is a word from before that samples may still refute
  bool was_selected = false;  // before the sample
};

// A source that was believed says what it did not foretell: the others' lines may be as wrong, or
// it is. They are asked at once.
[[nodiscard]] bool is_news(const PollEvidence& evidence);

class PollControl {
 public:
  explicit PollControl(const PollOptions& options);

  // Both return the wait from the last request to the next one. A loss is a request that no
  // acceptable reply answered.
  [[nodiscard]] Nanos after_sample(const PollEvidence& evidence);
  [[nodiscard]] Nanos after_loss();

  // Asks `good` samples with at most `most` requests, 2 s apart (the burst command, iburst, and
  // a link that came back). The next wait is short at once; returns that wait. What the operator
  // orders is not made up for.
  [[nodiscard]] Nanos begin_burst(int good, int most);
  // What was learnt is void: after the next burst the waits grow again from the shortest one.
  void begin_start();
  // The source answers again after a gap, or was put on line: its line is old, so a burst if
  // the gap was long against the interval.
  [[nodiscard]] Nanos link_returned(Nanos gap);
  // Put on line after nothing was asked for `unasked`: as above, and the requests that were saved
  // come at shorter waits now, until there are as many as without the gap.
  [[nodiscard]] Nanos put_on_line(Nanos unasked);
  // Another source has news, `since` the last request and `left` before the next one. True: that is
  // made now (and once more 2 s later if it is lost), and another one when it was to come; made up
  // for later. False: soon after the last one, in a burst, in the start or after a gap, or too much
  // is owed.
  [[nodiscard]] bool bring_forward(Nanos since, Nanos left);
  void end_burst() {
    good_left_ = requests_left_ = 0;
    left_ = Nanos{0};
  }
  // minpoll and maxpoll commands; the present interval is moved inside at once.
  void change(const PollOptions& options);
  // A kiss-o'-death RATE: never again faster than this (`poll_log2` of the packet, as asked).
  void slow_down(int poll_log2);

  [[nodiscard]] int poll_log2() const { return poll_log2_; }
  [[nodiscard]] bool in_burst() const { return good_left_ > 0 && requests_left_ > 0; }
  [[nodiscard]] const PollOptions& options() const { return options_; }
  // Evidence gathered for a longer (up to 1) or a shorter interval (down to -1), for logs.
  [[nodiscard]] double score() const { return score_; }

 private:
  // On the way up after a burst; after a gap of the link; on the interval.
  enum class Phase : std::uint8_t { start, link_back, settled };

  void note_answer();
  [[nodiscard]] Nanos next_settled();
  void judge(const PollEvidence& evidence);
  void move(int by);
  [[nodiscard]] Nanos interval() const;
  [[nodiscard]] Nanos next_of_phase();
  [[nodiscard]] Nanos next_of_burst();
  [[nodiscard]] bool is_making_up() const;
  // Shortens a wait by what is saved, or lengthens it by what is owed, up to that share of the
  // interval; books what it is then. Every wait but a burst's goes through here once.
  [[nodiscard]] Nanos on_account(Nanos wait, double most_paid);
  [[nodiscard]] double paid_by_wait() const;
  // Requests that a wait saves beside the interval; below 0 for a shorter one.
  [[nodiscard]] double saved_by_waiting(Nanos wait) const;

  PollOptions options_;
  int poll_log2_ = 6;  // the interval in force, without burst and start
  Phase phase_ = Phase::start;
  Nanos since_phase_{0};   // of waits, since the burst began
  double account_ = 0;     // requests: not made in a gap; below 0: made early, to be made up for
  Nanos left_{0};          // from the request that was brought forward to the next; 0: none was
  Nanos early_wait_{0};    // the wait while there are requests that were not made in a gap
  int good_left_ = 0;      // samples that the burst still wants
  int requests_left_ = 0;  // requests that the burst may still make
  double score_ = 0;       // -1 .. 1: evidence gathered for a change
  double answered_ = 1;    // share of the requests, of late; of the path, so that it stays
  int losses_in_row_ = 0;  // up to poll::unreachable
};

}  // namespace ntp
