// One thread, one socket: sendmmsg and recvmmsg by 32. A request's number stands, mixed with
// a secret, in its transmit field.
#include "tests/bench/server/load.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/fd.h"
#include "common/os/random.h"
#include "common/os/system_clocks.h"
#include "common/os/udp.h"
#include "common/wire/header.h"

namespace ntp::bench {
namespace {

constexpr std::size_t batch = 32;
constexpr std::size_t most_request = header_size + 68;  // the longest MAC of ours
constexpr Nanos most_time_error{1s};
constexpr std::uint32_t first_client = 0x7f010000;  // 127.1.0.0

class Generator {
 public:
  static Result<Generator> open(const Load& load);
  Outcome run();

 private:
  Generator(const Load& load, Fd socket);

  [[nodiscard]] std::uint64_t nonce_of(std::uint64_t number) const {
    return (number ^ secret_) * 0x9e37'79b9'7f4a'7c15;
  }
  [[nodiscard]] std::uint64_t number_of(std::uint64_t nonce) const {
    return (nonce * 0xf1de'83e1'9937'733d) ^ secret_;  // the inverse modulo 2^64
  }
  [[nodiscard]] std::uint32_t client_of(std::uint64_t number) const {
    return first_client + static_cast<std::uint32_t>(number * 2'654'435'761u % load_.clients);
  }
  void send_some(std::size_t count);
  bool take_some();
  void take(std::size_t i, RawTime now);
  [[nodiscard]] bool is_right(Octets answer, Nanos waited) const;
  void wait_for_answers();

  Load load_;
  Fd socket_;
  std::uint64_t secret_ = random_bits();
  SystemClocks clocks_;
  UtcTime utc_{};
  std::uint64_t outstanding_ = 0;
  Outcome outcome_;
  RawTime last_answer_{};
  std::vector<RawTime> sent_at_;      // zero when answered
  std::vector<std::uint32_t> waits_;  // ns

  std::array<mmsghdr, batch> out_{}, in_{};
  std::array<iovec, batch> out_part_{}, in_part_{};
  std::array<std::array<std::byte, most_request>, batch> out_octets_{};
  std::array<std::array<std::byte, 256>, batch> in_octets_{};
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo))> octets;
  };
  std::array<Control, batch> out_control_{}, in_control_{};
  sockaddr_storage to_{};
};

Result<Generator> Generator::open(const Load& load) {
  const int domain = load.to.address.family == Family::ipv6 ? AF_INET6 : AF_INET;
  Fd socket{::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return system_failure("cannot open the load's socket");
  const int buffer = 8 << 20, yes = 1;
  for (const int name : {SO_RCVBUFFORCE, SO_SNDBUFFORCE})
    if (::setsockopt(socket.number(), SOL_SOCKET, name, &buffer, sizeof buffer) != 0) break;
  if (load.clients > 1 &&
      ::setsockopt(socket.number(), IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) != 0)
    return system_failure("IP_PKTINFO");
  return Generator{load, std::move(socket)};
}

Generator::Generator(const Load& load, Fd socket) : load_{load}, socket_{std::move(socket)} {
  sent_at_.resize(load.count);
  waits_.reserve(load.count);
}

Outcome Generator::run() {
  const std::uint32_t length = to_sockaddr(load_.to, to_);
  for (std::size_t i = 0; i < batch; ++i) {
    out_part_[i] = {out_octets_[i].data(), header_size};
    out_[i].msg_hdr = {&to_, length, &out_part_[i], 1, nullptr, 0, 0};
    in_part_[i] = {in_octets_[i].data(), in_octets_[i].size()};
  }
  const RawTime start = last_answer_ = clocks_.raw_now();
  while (outcome_.sent < load_.count || outstanding_ > 0) {
    const RawTime now = clocks_.raw_now();
    utc_ = UtcTime{clocks_.read().system.since_zero};
    if (now - start > load_.longest) break;
    std::uint64_t due = load_.count;
    if (load_.rate > 0) due = static_cast<std::uint64_t>(to_seconds(now - start) * load_.rate) + 1;
    if (outcome_.sent < std::min(due, load_.count) && outstanding_ < load_.window) {
      const std::uint64_t room = std::min({load_.window - outstanding_, load_.count - outcome_.sent,
                                           due - outcome_.sent, std::uint64_t{batch}});
      send_some(room);
    }
    if (!take_some() && load_.rate == 0 && outstanding_ > 0) wait_for_answers();
    if (outstanding_ > 0 && clocks_.raw_now() - last_answer_ > load_.patience) {
      outcome_.lost += std::exchange(outstanding_, 0);
      last_answer_ = clocks_.raw_now();
    }
  }
  outcome_.took = last_answer_ - start;
  std::ranges::sort(waits_);
  if (!waits_.empty()) {
    outcome_.p50 = Nanos{waits_[waits_.size() / 2]};
    outcome_.p99 = Nanos{waits_[waits_.size() * 99 / 100]};
    outcome_.longest_wait = Nanos{waits_.back()};
  }
  return outcome_;
}

void Generator::send_some(std::size_t count) {
  const RawTime now = clocks_.raw_now();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = outcome_.sent + i;
    write_header({.version = 4,
                  .mode = Mode::client,
                  .poll_log2 = 6,
                  .precision_log2 = 32,
                  .origin = {load_.interleaved ? nonce_of(number) | 1 : 0},
                  .receive = {load_.interleaved ? 1U : 0U},
                  .transmit = {nonce_of(number)}},
                 out_octets_[i]);
    if (load_.key) {
      const Mac mac = make_mac(*load_.key, Octets{out_octets_[i]}.first(header_size), 4);
      std::ranges::copy(mac.view(), out_octets_[i].begin() + header_size);
      out_part_[i].iov_len = header_size + mac.size;
    }
    sent_at_[number] = now;
    if (load_.clients == 1) continue;
    in_pktinfo from{};
    from.ipi_spec_dst.s_addr = htonl(client_of(number));
    const cmsghdr header{CMSG_LEN(sizeof from), IPPROTO_IP, IP_PKTINFO};
    std::memcpy(out_control_[i].octets.data(), &header, sizeof header);
    std::memcpy(out_control_[i].octets.data() + CMSG_LEN(0), &from, sizeof from);
    out_[i].msg_hdr.msg_control = out_control_[i].octets.data();
    out_[i].msg_hdr.msg_controllen = sizeof(Control);
  }
  const int sent = ::sendmmsg(socket_.number(), out_.data(), static_cast<unsigned>(count), 0);
  if (sent <= 0) return;
  outcome_.sent += static_cast<std::uint64_t>(sent);
  outstanding_ += static_cast<std::uint64_t>(sent);
}

bool Generator::take_some() {
  for (std::size_t i = 0; i < batch; ++i)
    in_[i].msg_hdr = {nullptr,         0, &in_part_[i], 1, in_control_[i].octets.data(),
                      sizeof(Control), 0};
  const int count = ::recvmmsg(socket_.number(), in_.data(), batch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return false;
  last_answer_ = clocks_.raw_now();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) take(i, last_answer_);
  return true;
}

void Generator::take(std::size_t i, RawTime now) {
  const Octets answer = Octets{in_octets_[i]}.first(std::min<std::size_t>(in_[i].msg_len, 256));
  const auto header = parse_header(answer);
  const std::uint64_t number = header ? number_of(header->origin.bits) : UINT64_MAX;
  if (number >= outcome_.sent || sent_at_[number] == RawTime{} ||
      !is_right(answer, now - sent_at_[number])) {
    ++outcome_.wrong;
    return;
  }
  if (load_.clients > 1) {
    in_pktinfo to{};
    std::memcpy(&to, in_control_[i].octets.data() + CMSG_LEN(0), sizeof to);
    if (ntohl(to.ipi_addr.s_addr) != client_of(number)) ++outcome_.wrong;
  }
  waits_.push_back(static_cast<std::uint32_t>(
      std::min<std::int64_t>((now - sent_at_[number]).count(), UINT32_MAX)));
  sent_at_[number] = {};
  ++outcome_.answered;
  if (outstanding_ > 0) --outstanding_;
}

bool Generator::is_right(Octets answer, Nanos waited) const {
  const Header header = *parse_header(answer);
  if (header.mode != Mode::server || header.version != 4) return false;
  if (!load_.key && answer.size() != header_size) return false;
  if (load_.key &&
      !is_authentic(*load_.key, answer.first(header_size), answer.subspan(header_size), 4))
    return false;
  if (header.receive.is_zero() || header.transmit.is_zero()) return false;
  const auto is_since_sent = [&](WireTime time) {
    const Nanos age = utc_ - from_wire(time);
    return age > -most_time_error && age < waited + most_time_error;
  };
  return is_since_sent(header.receive) && is_since_sent(header.transmit);
}

void Generator::wait_for_answers() {
  pollfd wait{socket_.number(), POLLIN, 0};
  const timespec most{0, 20'000'000};
  if (::ppoll(&wait, 1, &most, nullptr) < 0) return;
}

// Waits up to 100 ms for `take` to find what it looks for.
template <typename Take>
auto wait_and(int fd, short events, Take take) {
  pollfd wait{fd, events, 0};
  const timespec most{0, 100'000'000};
  auto found = take();
  for (int tries = 0; !found && tries < 3; ++tries) {
    if (::ppoll(&wait, 1, &most, nullptr) < 0) break;
    found = take();
  }
  return found;
}

struct Exchange {
  Nanos offset{0};
  Nanos hold{0};
};

std::optional<Exchange> exchange_once(UdpSocket& socket) {
  std::array<std::byte, header_size> request;
  std::array<std::byte, 512> buffer;
  write_header({.mode = Mode::client, .transmit = {random_bits()}}, request);
  if (!socket.send(request)) return std::nullopt;
  const auto answer = wait_and(socket.number(), POLLIN, [&] { return socket.receive(buffer); });
  if (!answer || !answer->stamp) return std::nullopt;
  const auto header = parse_header(answer->octets);
  const SystemTime received = *answer->stamp;
  const auto departure =
      wait_and(socket.number(), 0, [&] { return socket.receive_departure(buffer); });
  if (!header || !departure) return std::nullopt;
  const Nanos there = from_wire(header->receive).since_zero - departure->stamp.since_zero;
  const Nanos back = from_wire(header->transmit).since_zero - received.since_zero;
  return Exchange{(there + back) / 2, from_wire(header->transmit) - from_wire(header->receive)};
}

Nanos median(std::vector<Nanos>& values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

}  // namespace

Result<Outcome> run_load(const Load& load) {
  Generator generator = NTP_TRY(Generator::open(load));
  return generator.run();
}

Result<Bias> measure_bias(const Endpoint& to, int exchanges) {
  const Endpoint any{to.address.family == Family::ipv6 ? ipv6_any : ipv4_any, 0};
  UdpSocket socket = NTP_TRY(UdpSocket::connect_to(to, any, {}));
  std::vector<Nanos> offsets, holds;
  for (int i = 0; i < exchanges; ++i) {
    if (const auto exchange = exchange_once(socket)) {
      offsets.push_back(exchange->offset);
      holds.push_back(exchange->hold);
    }
    const timespec pause{0, 500'000};
    ::nanosleep(&pause, nullptr);
  }
  if (offsets.empty()) return failure("no exchange with kernel stamps");
  return Bias{median(offsets), median(holds), static_cast<int>(offsets.size())};
}

}  // namespace ntp::bench
