// See source.h.
#include "ntpd-net/source.h"

#include <algorithm>
#include <cmath>

namespace ntp {
namespace {

constexpr Nanos longest_answer = 4s;  // beyond maxdelay: what a server may hold a request
constexpr Nanos burst_gap = 2s;       // as in poll_params.h: between the requests of a burst
// Requests of many clients must not march in step. Only longer: minpoll is a promise.
constexpr double spread_share = 0.02;
constexpr int lost_before_replacement = 8;
constexpr Nanos least_outage = 900s;       // shorter gaps are loss: no burst for each
constexpr Nanos warm_up_gap = 2s;          // between presend's request and the one that measures
constexpr int stock_maxunreach = 100000;   // the default: the operator said nothing
constexpr Rate dispersion_rate = ppm(15);  // RFC 5905 PHI, for reports

Nanos patience(const Source& source, Nanos interval) {
  return std::min(interval, source.settings.maxdelay + longest_answer);
}

Nanos spread_out(Nanos wait, double spread) {
  return wait + to_nanos(to_seconds(wait) * spread_share * spread);
}

void shift_reachability(Source& source, bool heard) {
  source.reachability = static_cast<std::uint8_t>(source.reachability << 1 | (heard ? 1 : 0));
  source.lost_in_a_row = heard ? 0 : source.lost_in_a_row + 1;
  source.unreachable_polls = source.is_reachable() ? 0 : source.unreachable_polls + 1;
}

void obey_kiss(Source& source, Rejection refusal) {
  if (refusal == Rejection::told_to_slow) {
    source.poll.slow_down(source.poll.poll_log2() + 1);
    source.poll.end_burst();
  } else if (refusal == Rejection::told_to_stop) {
    source.told_to_stop = true;
    source.poll.end_burst();
    source.poll.slow_down(std::max(source.settings.maxpoll, 10));
  }
}

void remember(Source& source, const Judgement& judgement, const Arrival& arrival,
              const Address& local, const Taken& taken) {
  LastAnswer last = source.last.value_or(LastAnswer{});  // a kiss keeps the figures before
  last.header = taken.header;
  last.local = local;
  last.passed = judgement.passed;
  last.received = arrival.received;
  last.is_interleaved = judgement.is_interleaved;
  last.sent_by = judgement.is_interleaved ? last.own_sent_by : taken.sent_by;
  last.received_by = judgement.is_interleaved ? last.own_received_by : taken.received_by;
  last.own_sent_by = taken.sent_by;
  last.own_received_by = taken.received_by;
  source.last = last;
}

void remember_figures(LastAnswer& last, const Sample& sample, Nanos pair_offset) {
  const Nanos half = (sample.received - sample.sent) / 2;
  const SystemTime middle{(sample.sent + half).since_zero + pair_offset};
  const Nanos hold = sample.server_sent - sample.server_received;
  const UtcTime server_middle = sample.server_received + hold / 2;
  last.offset = middle.since_zero - server_middle.since_zero;
  last.pair_offset = pair_offset;
  last.delay = std::max(sample.delay(), Nanos{1});
  last.dispersion = sample.precision + dispersion_rate * (sample.received - sample.sent);
  last.hold = hold;
}

// A burst that the operator ordered is finished off line, too.
bool may_go_on(const Source& source) { return source.online || source.poll.in_burst(); }

// Counts an answer of a server that knows the time. What only wakes the path counts for nothing.
void note_synchronised(Source& source) {
  source.bad_in_a_row = 0;
  source.told_to_stop = false;
  // Back after a time in which a link was down that nobody told us of.
  if (source.counts.good > 0 && source.asked - source.heard >= least_outage)
    (void)source.poll.link_returned(source.asked - source.heard);
  source.heard = source.asked;
  if (!source.is_warm_up) shift_reachability(source, true);
}

// The operator knows which direction queues: `asymmetry` of what the round trip is above the least.
void correct_asymmetry(const Source& source, Sample& sample) {
  if (!source.settings.asymmetry || source.delays.size() == 0) return;
  const Nanos excess = sample.delay() - least_delay(source.settings, source.delays);
  if (excess <= Nanos{0}) return;
  const Nanos correction = to_nanos(*source.settings.asymmetry * to_seconds(excess));
  sample.server_received += correction;
  sample.server_sent += correction;
}

bool wants_warm_up(const Source& source) {
  return source.settings.presend && !source.poll.in_burst() &&
         source.poll.poll_log2() >= *source.settings.presend;
}

// The `burst` option: after a miss up to three more requests, fewer at intervals so near to
// minpoll that the average would fall below it. Returns the wait, the usual one if none.
Nanos ask_again_soon(Source& source) {
  constexpr int most = 4;
  const int spare = source.poll.poll_log2() - source.settings.minpoll;
  const int requests = spare >= 2 ? most : 1 << std::max(spare, 0);
  if (requests < 2) return Nanos::max();
  (void)source.poll.begin_burst(1, requests - 1);
  return burst_gap;
}

// Equals keep the shorter of their intervals, never below our minpoll.
Nanos peer_interval(const Source& source) {
  const int shared = std::min(source.poll.poll_log2(), source.peer->remote_poll_log2());
  return to_nanos(std::exp2(std::max(shared, source.settings.minpoll)));
}

// Half an interval after we heard, so that each packet finds the other side's last one there.
void schedule_peer_after_sample(Source& source, const PollEvidence& evidence, double spread) {
  (void)source.poll.after_sample(evidence);
  const Nanos wait = peer_interval(source);
  const Nanos answered_after = source.last->received - source.asked_raw;
  if (may_go_on(source))
    source.request.arm(source.asked +
                       std::max(spread_out(wait, spread), answered_after + wait / 2));
}

Judgement judge(Source& source, const Header& answer, const Arrival& arrival, Nanos precision) {
  return source.peer ? source.peer->judge(answer, arrival, precision)
                     : source.exchange.judge(answer, arrival, precision);
}

}  // namespace

void Source::abandon() {
  exchange.abandon();
  if (!peer) socket.close();
}

std::uint8_t Source::version() const {
  if (settings.version != 0) return static_cast<std::uint8_t>(settings.version);
  if (settings.xleave) return 4;  // RFC 9769 knows no other
  return key != nullptr ? natural_version(key->type) : 4;
}

bool Source::may_stay_selected() const {
  if (is_reachable()) return true;
  return heard != MonotonicTime{} && settings.maxunreach < stock_maxunreach &&
         unreachable_polls <= settings.maxunreach;
}

SourceOptions selection_of(const Source& source) {
  const SourceSettings& settings = source.settings;
  return {.prefer = source.effective.prefer,
          .noselect = source.effective.noselect,
          .trust = source.effective.trust,
          .require = source.effective.require,
          .is_orphan = source.is_orphan,
          .least_stratum = static_cast<std::uint8_t>(std::clamp(settings.minstratum, 0, 16)),
          .offset = settings.offset,
          .most_samples = settings.maxsamples.value_or(0)};
}

PollOptions poll_options_of(const SourceSettings& settings) {
  return {.least_log2 = settings.minpoll,
          .most_log2 = settings.maxpoll,
          .burst_at_start = settings.iburst,
          .target = settings.polltarget};
}

Source make_source(const SourceSettings& settings, const Endpoint& remote, SourceIndex index,
                   const Key* key) {
  Source source{.settings = settings,
                .effective = settings.selection,
                .remote = remote,
                .index = index,
                .poll = PollControl{poll_options_of(settings)},
                .filter = SampleFilter{settings.filter}};
  if (settings.kind == SourceKind::peer) source.peer.emplace(settings.xleave);
  source.key = key;
  source.online = !settings.offline;
  source.is_held = settings.offline;
  return source;
}

void schedule_start(Source& source, MonotonicTime now, Nanos delay) {
  if (source.online) source.request.arm(now + delay);
}

Header begin_request(Source& source, const Now& now, std::uint64_t nonce,
                     std::uint64_t second_nonce) {
  source.request.disarm();
  source.asked = now.monotonic;
  source.asked_raw = now.raw;
  source.sent_by = StampKind::daemon;
  source.awaited_card = false;
  source.is_warm_up = wants_warm_up(source) && !source.is_warmed;
  source.is_warmed = false;
  ++source.counts.sent;
  const bool quick = source.poll.in_burst();
  const Nanos interval = quick ? burst_gap : to_nanos(std::exp2(source.poll.poll_log2()));
  source.loss.arm(now.monotonic + patience(source, interval));
  return source.exchange.begin(nonce, now.raw, source.version(), source.poll.poll_log2(),
                               source.settings.xleave ? second_nonce : 0);
}

void begin_peer_packet(Source& source, const Now& now, const Header& packet, double spread) {
  if (source.counts.sent > 0 && source.peer->is_open()) lose_request(source, now.monotonic, spread);
  source.asked = now.monotonic;
  source.asked_raw = now.raw;
  source.sent_by = StampKind::daemon;
  ++source.counts.sent;
  source.peer->begin(packet, now.raw);
  source.request.arm(now.monotonic + spread_out(peer_interval(source), spread));
}

void fall_out_of_step(Source& source, double spread) {
  if (!source.request.is_armed()) return;
  const Nanos wait = peer_interval(source);
  source.request.arm(std::min(source.request.when(),
                              source.asked + wait / 2 + to_nanos(to_seconds(wait) * spread / 2)));
}

Taken take_answer(Source& source, const Header& answer, const Arrival& arrival,
                  const Address& local, StampKind received_by, Nanos pair_offset, Nanos precision,
                  const OurClaims& us) {
  ++source.counts.received;
  if (received_by == StampKind::kernel) ++source.counts.kernel_received;
  if (received_by == StampKind::hardware) ++source.counts.card_received;
  const Judgement judgement = judge(source, answer, arrival, precision);
  if (!judgement.outcome)
    ++source.counts.refused[static_cast<std::size_t>(judgement.outcome.error())];
  Taken taken{
      .refusal = judgement.outcome ? std::nullopt : std::optional{judgement.outcome.error()},
      .is_interleaved = judgement.is_interleaved,
      .header = answer,
      .passed = judgement.passed,
      .sent_by = source.sent_by,
      .received_by = received_by};
  if (!judgement.is_valid()) return taken;

  ++source.counts.valid;
  taken.answered = true;
  const Nanos earlier_pair = source.last ? source.last->arrival_pair_offset : pair_offset;
  remember(source, judgement, arrival, local, taken);
  source.last->arrival_pair_offset = pair_offset;
  if (!judgement.outcome && judgement.outcome.error() != Rejection::already_measured) {
    obey_kiss(source, judgement.outcome.error());
    ++source.bad_in_a_row;
    return taken;
  }
  note_synchronised(source);
  if (!judgement.outcome) return taken;

  Sample sample = *judgement.outcome;
  taken.is_measured = true;
  remember_figures(*source.last, sample, judgement.is_interleaved ? earlier_pair : pair_offset);
  std::uint16_t plausible = judge_delay(sample, answer, source.settings, source.delays, us);
  if (source.is_warm_up) plausible &= static_cast<std::uint16_t>(~passed::testA);
  taken.passed = source.last->passed |= plausible;
  source.delays.take(sample.delay());
  constexpr std::uint16_t all = passed::testA | passed::testB | passed::testC | passed::testD;
  if ((plausible & all) != all) {
    ++source.counts.implausible;
    return taken;
  }
  ++source.counts.good;
  source.sampled = sample.received;
  taken.is_good = true;
  correct_asymmetry(source, sample);
  taken.sample = source.filter.take(sample);
  return taken;
}

void schedule_after_sample(Source& source, const PollEvidence& evidence, double spread) {
  source.loss.disarm();
  if (source.peer) return schedule_peer_after_sample(source, evidence, spread);
  const Nanos wait = source.poll.after_sample(evidence);
  if (may_go_on(source)) source.request.arm(source.asked + spread_out(wait, spread));
}

void lose_request(Source& source, MonotonicTime now, double spread) {
  source.loss.disarm();
  if (source.is_warm_up) {
    source.exchange.abandon();
    source.is_warm_up = false;
    source.is_warmed = true;
    if (source.online) source.request.arm(std::max(now, source.asked + warm_up_gap));
    return;
  }
  const bool heard = source.last && source.heard == source.asked && source.counts.valid > 0;
  if (!heard) shift_reachability(source, false);
  source.exchange.abandon();
  const bool is_first = !source.poll.in_burst();
  Nanos wait = source.poll.after_loss();
  if (is_first && source.settings.burst) wait = std::min(wait, ask_again_soon(source));
  if (may_go_on(source)) source.request.arm(std::max(now, source.asked + spread_out(wait, spread)));
}

bool bring_forward(Source& source, MonotonicTime when) {
  if (!source.request.is_armed() || source.peer) return false;
  if (!source.poll.bring_forward(when - source.asked, source.request.when() - when)) return false;
  source.request.arm(when);
  return true;
}

void go_online(Source& source, MonotonicTime now) {
  if (source.online) return;
  source.online = true;
  const Nanos gap = source.counts.sent > 0 ? now - source.asked : Nanos{0};
  const Nanos wait = source.counts.sent > 0 ? source.poll.put_on_line(gap) : Nanos{0};
  source.request.arm(std::max(now, source.asked + wait));
}

void go_offline(Source& source) {
  source.online = false;
  source.request.disarm();
  source.loss.disarm();
  source.abandon();
  source.poll.end_burst();
}

void begin_burst(Source& source, MonotonicTime now, int good, int most) {
  const Nanos wait = source.poll.begin_burst(good, most);
  source.request.arm(std::max(now, source.asked + wait));
}

void retry_in_burst(Source& source, MonotonicTime now) {
  constexpr int good = 2, most = 6;
  (void)source.poll.begin_burst(good, most);
  const MonotonicTime earliest = source.asked + burst_gap;
  if (source.loss.is_armed() && now < earliest) return source.loss.arm(earliest);
  source.loss.disarm();
  source.abandon();
  source.request.arm(std::max(now, earliest));
}

void change_polls(Source& source, int minpoll, int maxpoll) {
  source.settings.minpoll = minpoll;
  source.settings.maxpoll = maxpoll;
  PollOptions options = source.poll.options();
  options.least_log2 = minpoll;
  options.most_log2 = maxpoll;
  source.poll.change(options);
}

void change_poll_target(Source& source, int target) {
  source.settings.polltarget = target;
  PollOptions options = source.poll.options();
  options.target = target;
  source.poll.change(options);
}

bool wants_replacement(const Source& source) {
  if (!source.online) return false;
  return source.told_to_stop || source.lost_in_a_row >= lost_before_replacement ||
         source.bad_in_a_row >= lost_before_replacement;
}

}  // namespace ntp
