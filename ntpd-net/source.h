// One NTP server that we ask: when to ask, what its answers are worth, what reports say of it.
// Told the time and the random bits; owns its socket but never touches it (ntpd-net/daemon
// sends and receives). Names and replacements are ntpd-net/source_pool; belief in an answer is
// common/sync/exchange, the estimate common/sync/ensemble.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/os/timers.h"
#include "common/os/udp.h"
#include "common/sync/ensemble.h"
#include "common/sync/exchange.h"
#include "common/sync/poll_interval.h"
#include "common/sync/symmetric.h"
#include "common/wire/authenticator.h"
#include "ntpd-net/delay_tests.h"
#include "ntpd-net/nts_client.h"
#include "ntpd-net/sample_filter.h"
#include "ntpd-net/stamping.h"

namespace ntp {

// Several sources do not answer in the same moment.
inline constexpr Nanos request_separation = 200ms;

// What happened to a source's packets, by name.
struct SourceCounts {
  std::uint32_t sent = 0, received = 0, valid = 0, good = 0;
  std::uint32_t kernel_sent = 0, kernel_received = 0;  // stamps by the kernel
  std::uint32_t card_sent = 0, card_received = 0;      // by a network card
  std::uint32_t malformed = 0;
  std::uint32_t implausible = 0;  // tests A to D
  std::array<std::uint32_t, rejection_count> refused{};
};

// The last valid answer, for ntpdata and sources.
struct LastAnswer {
  Header header{};
  Address local{};
  std::uint16_t passed = 0;  // common/sync/exchange.h
  RawTime received{};
  Nanos offset{0};       // system clock minus server at the exchange: positive, we are ahead
  Nanos pair_offset{0};  // system clock minus raw clock then
  Nanos delay{0};
  Nanos dispersion{0};
  Nanos hold{0};                        // server's response time
  StampKind sent_by = StampKind::none;  // of the exchange that was measured
  StampKind received_by = StampKind::none;
  bool is_interleaved = false;  // the figures are the exchange before
  // This answer's own exchange, for the next one to tell of.
  Nanos arrival_pair_offset{0};
  StampKind own_sent_by = StampKind::none;
  StampKind own_received_by = StampKind::none;
};

struct Source {
  SourceSettings settings;
  SelectionOptions effective;  // what they come to beside the other sources (ntpd-net/mixing)
  Endpoint remote;
  SourceIndex index;  // its place in the ensemble
  PollControl poll;
  Exchange exchange{};
  std::optional<SymmetricExchange> peer{};  // instead of `exchange`, for a `peer` line
  DelayHistory delays{};
  SampleFilter filter{};
  UdpSocket socket{};  // open while a request waits for its answer; a peer's stays open
  const Key* key = nullptr;
  std::optional<NtsClient> nts{};

  bool online = true;         // is asked
  bool is_held = false;       // off line by the operator's word, which only his word ends
  bool is_unrouted = false;   // the kernel knew no way to it when it was last asked for one
  bool is_barred = false;     // its key is missing: never asked
  bool is_orphan = false;     // ntpd-net/orphans
  bool told_to_stop = false;  // DENY or RSTR: asked only rarely, and replaced where a name allows
  std::uint8_t reachability = 0;
  int lost_in_a_row = 0;
  int unreachable_polls = 0;  // requests lost since the register ran empty
  bool is_warm_up = false;    // the open request only wakes the path (presend)
  bool is_warmed = false;     // the next one measures
  int bad_in_a_row = 0;       // valid answers in a row that the source itself called useless
  Timer request{};            // when to ask next
  Timer loss{};               // when the open request is given up
  MonotonicTime asked{};      // when we last asked
  RawTime asked_raw{};
  MonotonicTime heard{};                  // last synchronised answer
  RawTime sampled{};                      // last sample; only with good > 0
  StampKind sent_by = StampKind::daemon;  // of the open request
  bool awaited_card = false;              // the card's word on it was waited for
  SourceCounts counts{};
  std::optional<LastAnswer> last{};
  std::deque<Sample> kept{};  // the newest, where they are to outlive us (ntpd-net/keeping)

  // No answer is waited for any more.
  void abandon();
  [[nodiscard]] bool is_authenticated() const { return key != nullptr || nts; }
  [[nodiscard]] bool is_reachable() const { return reachability != 0; }
  // Also a while longer where the operator says so (maxunreach).
  [[nodiscard]] bool may_stay_selected() const;
  [[nodiscard]] std::uint8_t version() const;
};

[[nodiscard]] Source make_source(const SourceSettings& settings, const Endpoint& remote,
                                 SourceIndex index, const Key* key);
[[nodiscard]] SourceOptions selection_of(const Source& source);
[[nodiscard]] PollOptions poll_options_of(const SourceSettings& settings);

// The present, as every function below is told it.
struct Now {
  MonotonicTime monotonic{};
  RawTime raw{};
};

// The first request is due `delay` from now.
void schedule_start(Source& source, MonotonicTime now, Nanos delay);

// Opens a request: the header to send. Arms the timer of its loss. The nonces are 64 random bits
// each; the second is for interleaved mode.
[[nodiscard]] Header begin_request(Source& source, const Now& now, std::uint64_t nonce,
                                   std::uint64_t second_nonce = 0);

// What an answer came to.
struct Taken {
  std::optional<Sample> sample{};  // for the ensemble
  bool answered = false;           // the request is closed
  std::optional<Rejection> refusal{};
  bool is_good = false;  // passed every test; with `filter` not every good answer is a sample
  // For the log of measurements.
  bool is_measured = false;  // the figures of `source.last` are this answer's
  bool is_interleaved = false;
  Header header{};
  std::uint16_t passed = 0;
  StampKind sent_by = StampKind::none, received_by = StampKind::none;
};

// Judges an answer that parsed: tests 1 to 7, then A to D; counts, remembers, moves the
// reachability register. `pair_offset` is CLOCK_REALTIME minus raw at the arrival, for reports.
[[nodiscard]] Taken take_answer(Source& source, const Header& answer, const Arrival& arrival,
                                const Address& local, StampKind received_by, Nanos pair_offset,
                                Nanos precision, const OurClaims& us);

// The same for a packet to an equal (`peer`), which is one whether or not the last was answered:
// it leaves at `now`, says `transmit`, and the next one is due an interval later. `spread` in
// [0, 1).
void begin_peer_packet(Source& source, const Now& now, const Header& packet, double spread);
// An equal's packet answered none of ours: it may have left just as ours did. Ours go out of step.
void fall_out_of_step(Source& source, double spread);

// After the ensemble took the sample: when to ask next. `spread` in [0, 1) makes it up to 2 %
// longer.
void schedule_after_sample(Source& source, const PollEvidence& evidence, double spread);
// The open request found no answer, or none that helps. Never earlier than `now`.
void lose_request(Source& source, MonotonicTime now, double spread);
// Another source has news (PollControl::bring_forward). True: it is asked at `when`. False with a
// request open and off line too, and of an equal, who is told each interval.
[[nodiscard]] bool bring_forward(Source& source, MonotonicTime when);

// Operator's words. `good` samples from at most `most` requests.
void go_online(Source& source, MonotonicTime now);
void go_offline(Source& source);
void begin_burst(Source& source, MonotonicTime now, int good, int most);
// Its link may be back: asked now, and again soon if that is too early.
void retry_in_burst(Source& source, MonotonicTime now);
void change_polls(Source& source, int minpoll, int maxpoll);
void change_poll_target(Source& source, int target);

// Unreachable or useless for so long that its name should be asked for another address.
[[nodiscard]] bool wants_replacement(const Source& source);

}  // namespace ntp
