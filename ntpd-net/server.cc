// A worker: wait, take a batch, judge each request, read the clock, say the time, send.
#include "ntpd-net/server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "common/os/random.h"
#include "common/os/sandbox.h"
#include "common/os/system_clocks.h"
#include "common/os/udp.h"
#include "common/wire/refid.h"
#include "ntpd-net/departures.h"
#include "ntpd-net/dice.h"
#include "ntpd-net/fast_path.h"
#include "ntpd-net/random_octets.h"
#include "ntpd-net/server_answer.h"
#include "ntpd-net/server_batch.h"
#include "ntpd-net/server_broadcast.h"
#include "ntpd-net/server_fastpath.h"
#include "ntpd-net/server_nts.h"
#include "ntpd-net/server_pages.h"
#include "ntpd-net/server_promise.h"
#include "ntpd-net/server_stamps.h"
#include "ntpd-net/signer.h"

namespace ntp {
namespace {

constexpr int most_batches_in_a_row = 16;  // before other sockets and the lifeline are looked at
constexpr std::size_t busy_batch = 8;  // where so many waited, more do by now: poll is not asked
// Between answers whose departure is only for SendPath. Unread stamps fill the requests' buffer.
constexpr Nanos stamp_spacing{10ms}, first_stamp_spacing{1ms};
constexpr std::uint32_t kiss_nts_nak = refid_of_name("NTSN");
constexpr Nanos span_spacing{10s};  // between searches for the oldest departure

// What an answer that is written lacks: its transmit time, and what seals it.
struct Pending {
  WireTime receive{};  // as written
  const Key* key = nullptr;
  bool has_transmit = false;  // interleaved: the previous answer's departure
  bool keeps_departure = false;
  bool wants_stamp = false;
  bool is_nts = false;  // more of it in nts_replies_
};

class Worker {
 public:
  static Result<std::unique_ptr<Worker>> make(ServerRole role);
  Result<void> run();

 private:
  Worker(ServerRole role, Mapped<const ServedMemory> served, Mapped<ReportMemory> report,
         Mapped<fast_state> fast);
  Result<void> offer_nts();

  void serve(std::size_t socket);
  std::size_t serve_batch(std::size_t socket);
  void take_request(std::size_t i, const Serving& serving);
  Verdict limit(std::size_t i);
  void order_signature(std::size_t i, Verdict verdict, const Serving& serving);
  void take_nts_request(std::size_t i, const Request& request, Verdict verdict,
                        const Serving& serving);
  // The answer's place in the batch.
  std::size_t add_answer(std::size_t i, const Request& request, const Key* key,
                         const Serving& serving);
  std::size_t add_kiss(std::size_t i, const Request& request, const Key* key,
                       const Serving& serving, std::uint32_t code = kiss_rate);
  void write_next(Pending& pending, const Header& header);
  void finish_answer(std::size_t place);
  WireTime receive_time_of(std::size_t i, const Serving& serving);
  int least_poll() const { return role_.ratelimit.enabled ? role_.ratelimit.interval : -128; }
  void send_answers(int socket, const Serving& serving);
  void take_departures(UdpSocket& socket);
  const ServedState* state() { return newest_.read(served_->state); }
  void feed_fast_path();
  void send_broadcasts();
  std::optional<timespec> patience();

  ServerRole role_;
  std::vector<UdpSocket> sockets_;
  std::vector<Family> families_;  // theirs
  QueueLosses losses_;
  Mapped<const ServedMemory> served_;
  Mapped<ReportMemory> report_;
  CounterPage& count_;
  Dice dice_;
  Mapped<fast_state> fast_state_;
  std::optional<FastPathFeeder> feeder_;
  std::optional<ClientTable> clients_;
  std::array<ClientTable::Place, Batch::capacity> client_places_{};
  ClientTable::Tick tick_{};
  std::optional<DepartureStore> departures_;
  SendPath send_path_;
  ExpectedDepartures expected_;
  SystemClocks clocks_;
  Batch batch_{role_.card_stamps};
  Request request_{};
  std::size_t socket_ = 0;  // where it came
  std::array<Pending, Batch::capacity> pending_{};
  Broadcasts broadcasts_;
  std::optional<NtsResponder> nts_;
  std::vector<NtsReply> nts_replies_;  // a batch of them, or none
  std::array<std::byte, 512> departure_octets_{};
  NewestState newest_;
  NewestCards cards_;
  RawTime next_stamp_{}, next_span_{};
  bool wants_departures_ = false, times_next_call_ = false;
};

Result<std::unique_ptr<Worker>> Worker::make(ServerRole role) {
  auto served = NTP_TRY(map_served_to_read(role.served));
  auto report = NTP_TRY(map_report_to_write(role.report));
  Mapped<fast_state> fast;
  if (role.fast_state.is_open()) fast = NTP_TRY(map_fast_state(role.fast_state));
  role.fast_state.reset();
  role.served.reset();  // with it goes the last way to write what others read
  role.report.reset();
  std::unique_ptr<Worker> worker{
      new Worker{std::move(role), std::move(served), std::move(report), std::move(fast)}};
  NTP_TRY(worker->offer_nts());
  return worker;
}

Result<void> Worker::offer_nts() {
  if (!role_.cookie_keys.is_open()) return {};
  nts_.emplace(NTP_TRY(map_cookies_to_read(role_.cookie_keys)), random_octets<SivKey>());
  role_.cookie_keys.reset();
  nts_replies_.resize(Batch::capacity);
  return {};
}

Worker::Worker(ServerRole role, Mapped<const ServedMemory> served, Mapped<ReportMemory> report,
               Mapped<fast_state> fast)
    : role_{std::move(role)},
      served_{std::move(served)},
      report_{std::move(report)},
      count_{report_->counters},
      dice_{random_bits()},
      fast_state_{std::move(fast)},
      broadcasts_{role_.broadcasts} {
  if (fast_state_.get() != nullptr) feeder_.emplace(*fast_state_);
  for (Fd& socket : role_.sockets) sockets_.push_back(UdpSocket::adopt(std::move(socket)));
  for (const UdpSocket& socket : sockets_) families_.push_back(socket.local().address.family);
  const std::size_t sets = ReportMemory::sets_in(report_.size());
  if (!role_.client_log || sets == 0) return;
  clients_.emplace(report_->clients(), sets, role_.ratelimit, random_bits());
  departures_.emplace(random_bits());
}

Result<void> Worker::run() {
  std::array<pollfd, most_server_sockets + 1> waits{};
  std::size_t used = 0;
  for (const UdpSocket& socket : sockets_) waits[used++] = {socket.number(), POLLIN, 0};
  if (role_.lifeline.is_open()) waits[used++] = {role_.lifeline.number(), POLLIN, 0};
  for (;;) {
    feed_fast_path();
    send_broadcasts();
    const auto most = patience();
    const int ready = ::ppoll(waits.data(), used, most ? &*most : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) return system_failure("cannot wait for requests");
    if (ready <= 0) continue;
    for (std::size_t i = 0; i < used; ++i) {
      if (waits[i].revents == 0) continue;
      if (i >= sockets_.size()) ::_exit(0);  // the lifeline has ended; our filter knows no close(2)
      if ((waits[i].revents & POLLERR) != 0) take_departures(sockets_[i]);
      if ((waits[i].revents & POLLIN) != 0) serve(i);
    }
  }
}

void Worker::feed_fast_path() {
  if (!feeder_ || !feeder_->is_due(clocks_.monotonic_now())) return;
  if (const ServedState* served = state()) feeder_->feed(*served, clocks_);
}

void Worker::send_broadcasts() {
  const ServedState* served = broadcasts_.due() ? state() : nullptr;
  if (served == nullptr) return;
  const Serving serving = prepare_serving(*served, clocks_.read());
  while (const Broadcast* broadcast = broadcasts_.take(serving.now.raw)) {
    const auto family = std::ranges::find(families_, broadcast->address.family);
    if (family == families_.end()) continue;
    const UdpSocket& from = sockets_[static_cast<std::size_t>(family - families_.begin())];
    const std::size_t place = batch_.add_unasked({broadcast->address, broadcast->port});
    const SystemTime leaving = clocks_.read().system + send_path_.to_departure(0);
    const WireTime transmit =
        transmit_time(serving.wire_of(leaving), serving.base.precision_log2, dice_.roll());
    batch_.set_answer_size(place, write_answer(make_broadcast(*broadcast, serving, transmit),
                                               nullptr, batch_.answer_room(place)));
    if (batch_.send(from.number()).failed > 0) count_.add(Count::send_failed);
  }
}

// Until the fast path or a broadcast is due again; no end without them.
std::optional<timespec> Worker::patience() {
  std::optional<Nanos> left;
  if (feeder_) left = std::clamp(feeder_->due() - clocks_.monotonic_now(), Nanos{1ms}, Nanos{62ms});
  if (const auto due = broadcasts_.due()) {
    const Nanos until =
        state() != nullptr ? std::max(*due - clocks_.raw_now(), Nanos{0}) : Nanos{1s};
    left = std::min(left.value_or(until), until);
  }
  if (!left) return std::nullopt;
  return timespec{*left / 1s, static_cast<long>((*left % Nanos{1s}).count())};
}

void Worker::serve(std::size_t socket) {
  for (int i = 0; i < most_batches_in_a_row && serve_batch(socket) >= busy_batch; ++i)
    if (std::exchange(wants_departures_, false)) take_departures(sockets_[socket]);
}

std::size_t Worker::serve_batch(std::size_t socket) {
  socket_ = socket;
  const int number = sockets_[socket].number();
  const std::size_t taken = batch_.receive(number);
  if (taken == 0) return 0;
  count_.add(Count::requests, taken);
  if (const auto lost = batch_.lost_before()) losses_.count(count_, socket, *lost);
  const ServedState* served = state();
  if (served == nullptr) {
    count_.add(Count::no_state, taken);
    return taken;
  }
  cards_.refresh(served_->cards);
  const Serving serving = prepare_serving(*served, clocks_.read());
  tick_ = ClientTable::tick_of(serving.now.raw);
  for (std::size_t i = 0; clients_ && i < taken; ++i)
    client_places_[i] = clients_->find(batch_.from(i).address);
  for (std::size_t i = 0; i < taken; ++i) take_request(i, serving);
  if (batch_.answers() > 0) send_answers(number, serving);
  return taken;
}

void Worker::take_request(std::size_t i, const Serving& serving) {
  const auto silence = read_request(batch_.datagram(i), batch_.from(i), served_->access, request_);
  if (silence) return count_.add(*silence);
  const Verdict verdict = limit(i);
  if (verdict == Verdict::drop) return count_.add(Count::rate_limited);
  if (nts_ && !request_.tail.extensions.empty() && wants_nts(request_.tail))
    return take_nts_request(i, request_, verdict, serving);
  if (role_.signer.is_open() && wants_signature(request_))
    return order_signature(i, verdict, serving);
  const auto key = check_request_mac(request_, role_.keys);
  if (!key) return count_.add(key.error());
  if (*key != nullptr) count_.add(Count::authenticated);
  if (verdict == Verdict::kiss) (void)add_kiss(i, request_, *key, serving);
  else (void)add_answer(i, request_, *key, serving);
}

// The answer leaves by another process, once Samba has signed it.
void Worker::order_signature(std::size_t i, Verdict verdict, const Serving& serving) {
  const WireTime came = receive_time_of(i, serving);
  const WireTime now = transmit_time(serving.wire_now, serving.base.precision_log2, dice_.roll());
  const Header answer = verdict == Verdict::kiss
                            ? make_kiss(request_, serving, came, now, least_poll())
                            : make_answer(request_, serving, came, now, false, least_poll());
  SigningOrder order{.key_id = key_id_of(request_.tail.mac),
                     .socket = static_cast<std::uint32_t>(socket_),
                     .to = batch_.from(i),
                     .from = batch_.to(i),
                     .made = serving.now.raw};
  write_header(answer, order.answer);
  count_.add(give_order(role_.signer, order) ? Count::answers : Count::send_failed);
}

void Worker::take_nts_request(std::size_t i, const Request& request, Verdict verdict,
                              const Serving& serving) {
  const auto reply = nts_->read(request.tail, batch_.datagram(i).size());
  if (!reply) return count_.add(Count::bad_extension);
  if (!reply->is_nak) count_.add(Count::authenticated);
  const std::size_t place = reply->is_nak ? add_kiss(i, request, nullptr, serving, kiss_nts_nak)
                            : verdict == Verdict::kiss ? add_kiss(i, request, nullptr, serving)
                                                       : add_answer(i, request, nullptr, serving);
  pending_[place].is_nts = true;
  nts_replies_[place] = *reply;
}

Verdict Worker::limit(std::size_t i) {
  if (!clients_) return Verdict::answer;
  const auto taken = clients_->take(client_places_[i], tick_, dice_.roll());
  if (taken.pushed_out) count_.add(Count::lost_records);
  return taken.verdict;
}

WireTime Worker::receive_time_of(std::size_t i, const Serving& serving) {
  const Stamped arrival = stamp_arrival(batch_.stamp(i), batch_.card_stamp(i), cards_, serving);
  count_.add(arrival.by);
  return receive_time(serving.wire_of(arrival.at), serving.base.precision_log2, dice_.roll());
}

std::size_t Worker::add_answer(std::size_t i, const Request& request, const Key* key,
                               const Serving& serving) {
  const bool interleaves = departures_ && request.may_interleave();
  Pending& pending = pending_[batch_.answers()];
  pending.key = key;
  pending.is_nts = false;
  pending.keeps_departure = pending.wants_stamp = interleaves;
  const auto found = interleaves ? departures_->take(request.header.origin) : std::nullopt;
  pending.has_transmit = found.has_value();
  if (found) count_.add(Count::interleaved);
  const auto departed = found.value_or(DepartureStore::Departed{});
  count_.add(departed.by);
  if (serving.now.raw >= next_stamp_) {
    next_stamp_ = serving.now.raw + (send_path_.is_new() ? first_stamp_spacing : stamp_spacing);
    pending.wants_stamp = true;
  }
  write_next(pending, make_answer(request, serving, receive_time_of(i, serving), departed.time,
                                  pending.has_transmit, least_poll()));
  return batch_.add_answer(i, pending.wants_stamp);
}

std::size_t Worker::add_kiss(std::size_t i, const Request& request, const Key* key,
                             const Serving& serving, std::uint32_t code) {
  count_.add(Count::kisses);
  Pending& pending = pending_[batch_.answers()] = {.key = key};
  write_next(pending,
             make_kiss(request, serving, receive_time_of(i, serving), {}, least_poll(), code));
  return batch_.add_answer(i, false);
}

void Worker::write_next(Pending& pending, const Header& header) {
  pending.receive = header.receive;
  write_header(header, batch_.answer_room(batch_.answers()));
}

void Worker::finish_answer(std::size_t place) {
  const WritableOctets answer = batch_.answer_room(place);
  if (!pending_[place].is_nts)
    return batch_.set_answer_size(place, seal_answer(pending_[place].key, answer));
  batch_.set_long_answer_size(
      place, nts_->write(answer, nts_replies_[place], batch_.long_answer_room(place)));
}

// The clock is read once more, as late as possible: what follows is the send path, which is
// measured and added.
void Worker::send_answers(int socket, const Serving& serving) {
  const std::size_t answers = batch_.answers();
  const RawTime sending = clocks_.raw_now();
  const SystemTime read_at = serving.now.system + (sending - serving.now.raw);
  for (std::size_t place = 0; place < answers; ++place) {
    const Pending& pending = pending_[place];
    const WireTime leaving = serving.wire_of(read_at + send_path_.to_departure(place));
    if (!pending.has_transmit)
      write_transmit(transmit_time(leaving, serving.base.precision_log2, dice_.roll()),
                     batch_.answer_room(place));
    if (pending.keeps_departure) departures_->keep(pending.receive, leaving);
    if (pending.wants_stamp) expected_.expect({pending.receive, place, read_at});
    wants_departures_ |= pending.wants_stamp;
    finish_answer(place);
  }
  const bool sampled = pending_[0].wants_stamp;
  const bool timed = answers == 1 && (sampled || times_next_call_);
  const Batch::Sent result = batch_.send(socket);
  if (timed) {
    send_path_.take_call(sampled, clocks_.raw_now() - sending);
    times_next_call_ = sampled;  // and the plain call after it
  }
  count_.add(Count::answers, result.sent);
  if (result.failed > 0) count_.add(Count::send_failed, result.failed);
}

// The kernel's word on answers that left; at most a batch of them, poll tells of the rest.
void Worker::take_departures(UdpSocket& socket) {
  if (state() == nullptr) return;
  const Serving serving = prepare_serving(*state(), clocks_.read());
  for (std::size_t i = 0; i < Batch::capacity; ++i) {
    const auto departure = socket.receive_departure(departure_octets_);
    if (!departure) break;
    const auto answer = parse_header(departure->octets);
    const auto left = answer ? stamp_departure(*departure, cards_, serving) : std::nullopt;
    if (!left) continue;
    if (const auto expected = expected_.take(answer->receive))  // by the kernel or by the card
      send_path_.take(expected->place, left->at - expected->read_at);
    if (departures_) departures_->correct(answer->receive, serving.wire_of(left->at), left->by);
  }
  count_.set(Count::send_path_nanos, static_cast<std::uint64_t>(send_path_.first().count()));
  if (!departures_) return;
  count_.set(Count::stored_stamps, departures_->size());
  if (serving.now.raw < next_span_) return;
  next_span_ = serving.now.raw + span_spacing;
  count_.set(Count::stored_span_seconds, departures_->seconds(serving.utc_now));
}

}  // namespace

Result<void> run_server(ServerRole role) {
  const Filter filter = role.confined ? Filter::on : Filter::off;
  auto worker = NTP_TRY(Worker::make(std::move(role)));
  NTP_TRY(deny_files(filter));
  NTP_TRY(confine(server_promise, filter));
  return worker->run();
}

}  // namespace ntp
