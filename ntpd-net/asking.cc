// See asking.h.
#include "ntpd-net/asking.h"

#include <poll.h>

#include "common/base/log.h"
#include "common/wire/extension.h"
#include "common/wire/refid.h"
#include "ntpd-net/establishing.h"
#include "ntpd-net/journal.h"
#include "ntpd-net/keeping.h"
#include "ntpd-net/peers.h"
#include "ntpd-net/random_octets.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

// Our clock's resolution and the noise of reading it, together (facts of the vDSO: 20 to 60 ns).
constexpr Nanos own_precision{60};

UdpOptions options_for(const Daemon& daemon) {
  return {.stamps = true,
          .tell_local = true,
          .card_stamps = !daemon.passage.cards.is_empty(),
          .device = daemon.settings.acquisition_device,
          .dscp = daemon.settings.dscp};
}

Endpoint local_end(const Daemon& daemon, const Address& remote) {
  const Address& from = remote.family == Family::ipv6 ? daemon.settings.acquisition_ipv6
                                                      : daemon.settings.acquisition_ipv4;
  return {from, daemon.settings.acquisitionport.value_or(0)};
}

std::size_t write_request(Source& source, const Header& header, WritableOctets out) {
  write_header(header, out);
  if (source.nts)
    return source.nts->write_request(out, random_octets<NtsIdentifier>(),
                                     random_octets<SivNonce>());
  if (source.key == nullptr) return header_size;
  const Mac mac = make_mac(*source.key, Octets{out}.first(header_size), header.version);
  std::ranges::copy(mac.view(), out.begin() + header_size);
  return header_size + mac.size;
}

void note_reachability(Daemon& daemon, const Source& source) {
  daemon.ensemble.mark_reachable(source.index, source.may_stay_selected());
  daemon.changed = true;
}

// The request could not even be sent: no route, no network. Counts as a loss, politely.
void fail_to_send(Daemon& daemon, Source& source, const Error& error) {
  log_debug("Could not send to {}: {}", to_text(source.remote), error.message);
  const MonotonicTime now = daemon.clocks.monotonic_now();
  if (source.settings.auto_offline) {
    go_offline(source);
    log_info("Source {} offline", to_text(source.remote.address));
    return;
  }
  source.abandon();
  lose_request(source, now, random_fraction());
  note_reachability(daemon, source);
}

void note_departure(Source& source, WireTime transmit, RawTime left) {
  if (source.peer) source.peer->depart(transmit, left);
  else source.exchange.depart(transmit, left);
}

RawTime departure_of(const Source& source) {
  return source.peer ? source.peer->sent() : source.exchange.sent();
}

void take_card_departure(Daemon& daemon, Source& source, const Departure& departure,
                         const Header& header) {
  const std::optional<RawTime> kernel =
      source.sent_by == StampKind::kernel ? std::optional{departure_of(source)} : std::nullopt;
  const auto left = daemon.stamping.judge_card(
      daemon.passage.cards.departure(*departure.card_stamp, daemon.clocks, daemon.stamping), kernel,
      source.asked_raw);
  if (!left) return;
  note_departure(source, header.transmit, *left);
  source.sent_by = StampKind::hardware;
  ++source.counts.card_sent;
}

// One at a time, and only when the error queue was said to hold one: simulated kernels give an
// answer away to whoever looks into an empty queue. False when there was none.
bool take_departure(Daemon& daemon, Source& source) {
  std::array<std::byte, 2048> buffer;
  const auto departure = source.socket.receive_departure(buffer);
  if (!departure) return false;
  if (departure->octets.size() < header_size) return true;
  const auto header = parse_header(departure->octets.first(header_size));
  if (!header) return true;
  daemon.stamping.look(daemon.clocks.read());
  if (departure->card_stamp) {
    take_card_departure(daemon, source, *departure, *header);
    return true;
  }
  const auto left = daemon.stamping.to_raw(departure->stamp, source.asked_raw);
  if (!left) return true;
  note_departure(source, header->transmit, *left);
  source.sent_by = StampKind::kernel;
  ++source.counts.kernel_sent;
  return true;
}

// On a short way the answer is here before the card has told when the request left: its word is
// waited for once a request.
void await_card(Daemon& daemon, Source& source, unsigned interface) {
  if (source.awaited_card || !daemon.passage.cards.has(interface)) return;
  source.awaited_card = true;
  const MonotonicTime end = daemon.clocks.monotonic_now() + daemon.settings.hwtstimeout;
  while (source.sent_by != StampKind::hardware) {
    const Nanos left = end - daemon.clocks.monotonic_now();
    pollfd errors{.fd = source.socket.number(), .events = 0, .revents = 0};
    const auto most = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    if (left < Nanos{0} || ::poll(&errors, 1, static_cast<int>(most)) <= 0) return;
    if (!take_departure(daemon, source)) return;
  }
}

bool is_authentic_answer(Source& source, Octets datagram, const Header& header, MonotonicTime now) {
  if (source.nts) {
    const auto tail = split_tail(datagram, header.version);
    return tail && source.nts->take_answer(header, *tail, now);
  }
  if (source.key == nullptr) return source.settings.key == 0;
  const auto tail = split_tail(datagram, header.version);
  return tail && tail->has_mac() &&
         is_authentic(*source.key, tail->covered, tail->mac, header.version);
}

OurClaims our_claims(const Daemon& daemon, const Address& local, bool is_peer) {
  OurClaims us;
  us.serving =
      is_peer || (daemon.passage.served.get() != nullptr && !daemon.passage.reports.empty());
  if (!us.serving || !local.is_set()) return us;
  const auto octets = std::as_bytes(std::span{local.octets});
  us.address_refid = refid_of_address(local.family == Family::ipv4 ? octets.first(4) : octets);
  if (!daemon.reference.combined) return us;
  us.refid = daemon.reference.refid;
  us.stratum = daemon.reference.combined->stratum;
  us.root_delay = to_short(daemon.reference.combined->root_delay);
  us.reference = to_wire(daemon.reference.updated_utc);
  return us;
}

// An exchange that a card stamped is as precise as the operator says that reading its clock is.
Nanos precision_of(const Daemon& daemon, const Source& source, const RawStamp& received,
                   const Datagram& datagram) {
  if (source.sent_by != StampKind::hardware && received.kind != StampKind::hardware)
    return own_precision;
  return daemon.passage.cards.precision_of(datagram.interface).value_or(own_precision);
}

Sample as_estimated(const Daemon& daemon, const Sample& sample) {
  const Bend* const bend = bend_of(daemon);
  return bend != nullptr ? bend->seen(sample) : sample;
}

// The servers but `teller` (nullptr: a reference clock is) are asked about its news, in turn.
void ask_others(Daemon& daemon, const Source* teller) {
  MonotonicTime when = daemon.clocks.monotonic_now();
  for (const int place : daemon.pool.order()) {
    Source& other = daemon.pool.at(place);
    if (&other != teller && bring_forward(other, when)) when += request_separation;
  }
}

// A good answer: its sample, if it is one (`filter` holds some back), to the ensemble.
void feed(Daemon& daemon, Source& source, const std::optional<Sample>& measured) {
  daemon.ensemble.mark_reachable(source.index, true);
  daemon.changed = true;
  if (measured) {
    const Sample sample = as_estimated(daemon, *measured);
    daemon.passage.trace.sample(source.index.value, sample);
    daemon.ensemble.take(source.index, sample);
    keep_sample(daemon, source.settings.minsamples, source.kept, sample);
  }
  const PollEvidence evidence =
      daemon.ensemble.poll_evidence(source.index, source.poll.poll_log2());
  if (measured) {
    log_statistics(daemon, source, evidence.surprise);
    if (is_news(evidence)) ask_others(daemon, &source);
  }
  schedule_after_sample(source, evidence, random_fraction());
}

void count_refusal(control::Refusals& refused, const Taken& taken) {
  using control::Refusals;
  constexpr std::array<std::uint64_t Refusals::*, rejection_count - 1> counters{
      &Refusals::wrong_mode,     &Refusals::unasked,      &Refusals::duplicate,
      &Refusals::bogus,          &Refusals::missing_time, &Refusals::unauthentic,
      &Refusals::told_to_slow,   &Refusals::told_to_stop, &Refusals::other_kiss,
      &Refusals::unsynchronised, &Refusals::distant_root, &Refusals::impossible_time};
  static_assert(std::to_underlying(Rejection::already_measured) == counters.size());
  if (taken.refusal && *taken.refusal != Rejection::already_measured)
    ++(refused.*counters[std::to_underlying(*taken.refusal)]);
  if (taken.is_measured && !taken.is_good) ++refused.implausible;
}

void take_answer_datagram(Daemon& daemon, Source& source, const Datagram& datagram) {
  if (source.peer && datagram.from != source.remote) return;  // from before we turned to it
  const auto header = parse_header(datagram.octets);
  if (!header || datagram.cut) {
    ++source.counts.malformed;
    ++daemon.refused.malformed;
    return;
  }
  if (source.peer && daemon.reference.combined)
    source.peer->know_rate(daemon.reference.combined->line.rate, daemon.reference.combined->skew);
  const Reading pair = daemon.stamping.last_pair();
  Cards& cards = daemon.passage.cards;
  await_card(daemon, source, datagram.interface);
  const auto by_card = datagram.card_stamp
                           ? cards.arrival(*datagram.card_stamp, daemon.clocks, daemon.stamping)
                           : std::nullopt;
  const RawStamp received =
      daemon.stamping.choose(datagram.stamp, departure_of(source), pair.raw, by_card);
  if (source.peer && header->mode == Mode::client)
    return answer_peer(daemon, source, datagram, received.at);
  const Arrival arrival{received.at, is_authentic_answer(source, datagram.octets, *header,
                                                         daemon.clocks.monotonic_now())};
  const Taken taken = take_answer(source, *header, arrival, datagram.to, received.kind,
                                  pair.system.since_zero - pair.raw.since_zero,
                                  precision_of(daemon, source, received, datagram),
                                  our_claims(daemon, datagram.to, source.peer.has_value()));
  count_refusal(daemon.refused, taken);
  log_measurement(daemon, source, taken);
  if (!taken.answered) {
    if (source.peer && arrival.authentic) fall_out_of_step(source, random_fraction());
    return;
  }
  source.abandon();
  const bool is_near_a_leap = taken.sample && is_near_leap(daemon, taken.sample->server_sent);
  if (taken.is_good && !is_near_a_leap) return feed(daemon, source, taken.sample);
  lose_request(source, daemon.clocks.monotonic_now(), random_fraction());
  note_reachability(daemon, source);
}

// Every interval one packet, whatever came in between.
void tell_peer(Daemon& daemon, Source& source) {
  const Result<void> ready = turn_to_peer(daemon, source);
  const Reading pair = daemon.clocks.read();
  const Header header = words_to_peer(daemon, source, pair);
  begin_peer_packet(source, {daemon.clocks.monotonic_now(), pair.raw}, header, random_fraction());
  note_reachability(daemon, source);
  if (!ready) return fail_to_send(daemon, source, ready.error());
  std::array<std::byte, most_nts_datagram> packet;
  const std::size_t size = write_request(source, header, packet);
  auto sent = source.socket.send(Octets{packet}.first(size));
  if (!sent) sent = source.socket.send(Octets{packet}.first(size));  // that was an older error
  if (!sent) return fail_to_send(daemon, source, sent.error());
  (void)take_departure(daemon, source);
}

}  // namespace

std::optional<Combined> combined_now(const Daemon& daemon, RawTime raw) {
  const auto& combined = daemon.ensemble.combined();
  const Bend* const bend = bend_of(daemon);
  return combined && bend != nullptr ? bend->to_raw(*combined, raw) : combined;
}

const Bend* bend_of(const Daemon& daemon) {
  if (daemon.standard) return &daemon.standard->bend();
  return daemon.passage.thermometer ? &daemon.passage.thermometer->bend() : nullptr;
}

void ask(Daemon& daemon, int place) {
  Source& source = daemon.pool.at(place);
  if (source.peer) return tell_peer(daemon, source);
  source.socket.close();
  if (source.nts && !source.nts->is_ready(daemon.clocks.monotonic_now()))
    return establish_keys(daemon, place);
  auto socket = UdpSocket::connect_to(source.remote, local_end(daemon, source.remote.address),
                                      options_for(daemon));
  std::array<std::byte, most_nts_datagram> packet;
  const Header header = begin_request(source, look_at_clocks(daemon), random_bits(), random_bits());
  const std::size_t size = write_request(source, header, packet);
  if (!socket) return fail_to_send(daemon, source, socket.error());
  source.socket = *std::move(socket);

  // The last look before the packet leaves: what counts when the kernel tells no better.
  const RawTime left = daemon.clocks.raw_now();
  source.asked_raw = left;
  note_departure(source, header.transmit, left);
  if (const auto sent = source.socket.send(Octets{packet}.first(size)); !sent)
    return fail_to_send(daemon, source, sent.error());
  (void)take_departure(daemon, source);  // on most paths the stamp is there already
}

void take_answers(Daemon& daemon, const Wake& wake) {
  if (!daemon.pool.has(wake.index)) return;
  Source& source = daemon.pool.at(wake.index);
  // An error that is no departure (port unreachable) goes away by receiving.
  if (wake.error && take_departure(daemon, source) && !wake.readable) return;
  std::array<std::byte, 2048> buffer;
  while (source.socket.is_open()) {
    const auto datagram = source.socket.receive(buffer);
    if (!datagram) break;
    daemon.stamping.look(daemon.clocks.read());
    take_answer_datagram(daemon, source, *datagram);
  }
}

void give_up(Daemon& daemon, int place) {
  Source& source = daemon.pool.at(place);
  source.abandon();
  lose_request(source, daemon.clocks.monotonic_now(), random_fraction());
  note_reachability(daemon, source);
}

void take_reference_samples(Daemon& daemon) {
  auto& link = daemon.passage.reference_clocks;
  if (!link) return;
  daemon.stamping.look(daemon.clocks.read());
  const RawTime now = daemon.stamping.last_pair().raw;
  while (const auto taken = link->next()) {
    const Nanos pair_offset = daemon.stamping.offset_at(taken->taken);
    if (daemon.standard && daemon.reference_clocks.is_local(taken->line)) {
      if (daemon.reference_clocks.take_local(*taken, pair_offset))
        daemon.changed |= daemon.standard->take(taken->taken, taken->utc);
      continue;
    }
    const auto sample =
        daemon.reference_clocks.take(*taken, combined_now(daemon, now), pair_offset);
    if (!sample || is_near_leap(daemon, sample->second.server_sent)) continue;
    const Sample seen = as_estimated(daemon, sample->second);
    daemon.passage.trace.sample(sample->first, seen);
    daemon.ensemble.mark_reachable(SourceIndex{sample->first}, true);
    daemon.ensemble.take(SourceIndex{sample->first}, seen);
    ReferenceClock& clock = daemon.reference_clocks.all()[taken->line];
    if (is_news(daemon.ensemble.poll_evidence(SourceIndex{sample->first}, clock.settings.poll)))
      ask_others(daemon, nullptr);
    keep_sample(daemon, clock.settings.minsamples, clock.kept, seen);
    daemon.changed = true;
  }
}

void read_cards(Daemon& daemon) {
  const auto& served = daemon.passage.served;
  daemon.passage.cards.read_due(daemon.clocks, daemon.stamping,
                                served.get() != nullptr ? &served->cards : nullptr);
}

}  // namespace ntp
