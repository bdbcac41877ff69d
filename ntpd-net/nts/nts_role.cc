// See nts_role.h.
#include "ntpd-net/nts/nts_role.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <list>

#include "common/base/log.h"
#include "common/os/random.h"
#include "common/os/sandbox.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"
#include "common/os/udp.h"
#include "ntpd-net/cookie_page.h"
#include "ntpd-net/key_service.h"
#include "ntpd-net/nts/ke_session.h"
#include "ntpd-net/server_pages.h"

namespace ntp {
namespace {

constexpr std::size_t most_askings = 16;  // questions beyond it wait in the channel
constexpr Nanos client_patience = 10s;
constexpr Nanos server_patience = 4s;  // a client's whole visit

// One key establishment for the client role.
struct Asking {
  std::uint32_t number = 0;
  bool connecting = true;
  KeClient session;
};

void copy_words(std::string_view words, std::span<char> out) {
  const auto length = std::min(words.size(), out.size() - 1);
  std::ranges::copy(words.substr(0, length), out.begin());
}

Result<Fd> connect_to(const Endpoint& server, const NtsRole& role) {
  const bool ipv6 = server.address.family == Family::ipv6;
  Fd socket{::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return system_failure("cannot open a TCP socket");
  sockaddr_storage address{};
  if (const Address& from = ipv6 ? role.from_ipv6 : role.from_ipv4; from.is_set()) {
    const socklen_t length = to_sockaddr({from, 0}, address);
    if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
      return system_failure("cannot bind to " + to_text(from));
  }
  const socklen_t length = to_sockaddr(server, address);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), length) != 0 &&
      errno != EINPROGRESS)
    return system_failure("cannot connect to " + to_text(server));
  return socket;
}

int error_of(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

class NtsWorker {
 public:
  explicit NtsWorker(NtsRole role) : role_{std::move(role)} {}
  Result<void> prepare();  // all that needs a file
  Result<void> run();

 private:
  enum class Door : std::uint8_t { lifeline, channel, listener, asking, visit };
  struct Watched {
    Door door;
    void* what = nullptr;
  };

  void watch();
  void watch_one(int fd, short events, Door door, void* what = nullptr) {
    waits_.push_back({fd, events, 0});
    watched_.push_back({door, what});
  }
  [[nodiscard]] Nanos until_deadline();
  void take_question();
  void begin_asking(const KeyQuery& query);
  void advance(Asking& asking);
  void tell(const Asking& asking, KeyOutcome outcome, std::string_view why);
  void tell(std::uint32_t number, KeyOutcome outcome, std::string_view why);
  void send(const KeyAnswer& answer);
  void take_visitor(int listener);
  [[nodiscard]] bool is_limited(const Address& visitor);
  void advance(KeServer& visit);
  void end_overdue();
  [[nodiscard]] const TlsCredentials* trust_of(std::uint32_t set) const;

  NtsRole role_;
  SystemClocks clocks_;
  std::map<std::uint32_t, TlsCredentials> trust_;
  std::optional<TlsCredentials> identity_;
  Mapped<const ServedMemory> served_;
  Mapped<const CookieMemory> cookie_keys_;
  Mapped<ReportMemory> report_;
  std::optional<ClientTable> clients_;  // none with noclientlog
  std::list<Asking> askings_;
  std::list<KeServer> visits_;
  std::vector<pollfd> waits_;
  std::vector<Watched> watched_;
};

Result<void> NtsWorker::prepare() {
  NTP_TRY(prepare_tls());
  std::map<std::uint32_t, std::vector<std::string>> paths{{0, {}}};
  for (const TrustedCertificates& each : role_.settings.trusted)
    paths[each.set].push_back(each.path);
  for (const auto& [set, list] : paths) {
    std::vector<std::string> complaints;
    const bool system = set == 0 && !role_.settings.nosystemcert && role_.channel.is_open();
    trust_.emplace(set, NTP_TRY(TlsCredentials::trusting(list, system, complaints)));
    for (const std::string& complaint : complaints) log_warning("ntstrustedcerts: {}", complaint);
  }
  if (role_.listeners.empty()) return {};
  identity_ = NTP_TRY(TlsCredentials::being(role_.identities));
  served_ = NTP_TRY(map_served_to_read(role_.served));
  cookie_keys_ = NTP_TRY(map_cookies_to_read(role_.cookie_keys));
  report_ = NTP_TRY(map_report_to_write(role_.report));
  if (const std::size_t sets = ReportMemory::sets_in(report_.size()); sets > 0)
    clients_.emplace(report_->clients(), sets, role_.ratelimit, random_bits());
  return {};
}

Result<void> NtsWorker::run() {
  while (!is_stop_requested()) {
    watch();
    NTP_TRY(wait_ready(waits_, until_deadline()));
    for (std::size_t i = 0; i < waits_.size(); ++i) {
      if (waits_[i].revents == 0) continue;
      switch (watched_[i].door) {
        case Door::lifeline: return {};
        case Door::channel: take_question(); break;
        case Door::listener: take_visitor(waits_[i].fd); break;
        case Door::asking: advance(*static_cast<Asking*>(watched_[i].what)); break;
        case Door::visit: advance(*static_cast<KeServer*>(watched_[i].what)); break;
      }
    }
    end_overdue();
  }
  return {};
}

void NtsWorker::watch() {
  waits_.clear();
  watched_.clear();
  watch_one(role_.lifeline.number(), POLLIN, Door::lifeline);
  if (role_.channel.is_open() && askings_.size() < most_askings)
    watch_one(role_.channel.number(), POLLIN, Door::channel);
  if (visits_.size() < static_cast<std::size_t>(role_.settings.max_connections))
    for (const Fd& listener : role_.listeners) watch_one(listener.number(), POLLIN, Door::listener);
  for (Asking& asking : askings_) {
    const bool out = asking.connecting || asking.session.tls().wants_write();
    watch_one(asking.session.tls().number(), out ? POLLOUT : POLLIN, Door::asking, &asking);
  }
  for (KeServer& visit : visits_)
    watch_one(visit.tls().number(), visit.tls().wants_write() ? POLLOUT : POLLIN, Door::visit,
              &visit);
}

Nanos NtsWorker::until_deadline() {
  MonotonicTime next = Timer::never;
  for (const Asking& asking : askings_) next = std::min(next, asking.session.deadline());
  for (const KeServer& visit : visits_) next = std::min(next, visit.deadline());
  return time_until(next, clocks_.monotonic_now());
}

void NtsWorker::take_question() {
  KeyQuery query;
  const ssize_t length = ::recv(role_.channel.number(), &query, sizeof query, MSG_DONTWAIT);
  if (length == 0) role_.channel.reset();  // the client role is gone for good
  if (length != sizeof query) return;
  query.name.back() = '\0';
  begin_asking(query);
}

void NtsWorker::begin_asking(const KeyQuery& query) {
  const TlsCredentials* trust = trust_of(query.certificate_set);
  if (trust == nullptr)
    return tell(query.number, KeyOutcome::refused, "no certificates in this set");
  auto socket = connect_to(query.server, role_);
  if (!socket) return tell(query.number, KeyOutcome::unreachable, socket.error().message);
  auto tls =
      TlsSession::connect(*std::move(socket), *trust, query.name.data(), query.ignores_dates != 0);
  if (!tls) return tell(query.number, KeyOutcome::refused, tls.error().message);
  askings_.push_back(
      {.number = query.number,
       .session = KeClient{*std::move(tls), clocks_.monotonic_now() + client_patience}});
}

void NtsWorker::advance(Asking& asking) {
  KeClient& session = asking.session;
  if (std::exchange(asking.connecting, false)) {
    if (const int error = error_of(session.tls().number()); error != 0)
      return tell(asking, KeyOutcome::unreachable,
                  system_failure("connect", error).error().message);
  }
  session.advance();
  if (session.state() == KeState::failed) return tell(asking, KeyOutcome::refused, session.why());
  if (session.state() == KeState::ended) tell(asking, KeyOutcome::keys, "");
}

// The last word on a key establishment: `asking` is gone after it.
void NtsWorker::tell(const Asking& asking, KeyOutcome outcome, std::string_view why) {
  if (outcome == KeyOutcome::keys) {
    const KeResponse& response = asking.session.response();
    KeyAnswer answer{.number = asking.number,
                     .outcome = outcome,
                     .keys = asking.session.keys(),
                     .port = response.port,
                     .count = static_cast<std::uint16_t>(response.cookies.size())};
    copy_words(response.server, answer.server);
    std::ranges::copy(response.cookies, answer.cookies.begin());
    send(answer);
  } else {
    tell(asking.number, outcome, why);
  }
  askings_.remove_if([&](const Asking& each) { return &each == &asking; });
}

void NtsWorker::tell(std::uint32_t number, KeyOutcome outcome, std::string_view why) {
  KeyAnswer answer{.number = number, .outcome = outcome};
  copy_words(why, answer.why);
  send(answer);
}

void NtsWorker::send(const KeyAnswer& answer) {
  // A full channel loses the answer: the client role asks again after its patience.
  if (::send(role_.channel.number(), &answer, sizeof answer, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    log_debug("could not hand over the outcome of a key establishment");
}

void NtsWorker::take_visitor(int listener) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  Fd socket{::accept4(listener, reinterpret_cast<sockaddr*>(&from), &length,
                      SOCK_NONBLOCK | SOCK_CLOEXEC)};
  const Address visitor = to_endpoint(from).address;
  if (!socket.is_open() || !is_allowed(served_->access, visitor)) return;
  if (is_limited(visitor)) return report_->counters.add(Count::rate_limited);
  report_->counters.add(Count::answers);
  auto tls = TlsSession::accept(std::move(socket), *identity_);
  if (!tls) return log_debug("{}", tls.error().message);
  visits_.emplace_back(*std::move(tls), clocks_.monotonic_now() + server_patience);
}

// Counts the visit, too. Closing is all that is said: TLS knows no word for it.
bool NtsWorker::is_limited(const Address& visitor) {
  if (!clients_) return false;
  return clients_->take(visitor, clocks_.raw_now(), random_bits()).verdict != Verdict::answer;
}

void NtsWorker::advance(KeServer& visit) {
  const auto keys = read_cookie_keys(cookie_keys_->page);
  const std::uint16_t port = role_.ntp_port == 123 ? std::uint16_t{0} : role_.ntp_port;
  if (keys) visit.advance({&*keys, role_.settings.ntp_server, port});
  if (keys && visit.state() != KeState::ended && visit.state() != KeState::failed) return;
  visits_.remove_if([&](const KeServer& each) { return &each == &visit; });
}

void NtsWorker::end_overdue() {
  const MonotonicTime now = clocks_.monotonic_now();
  for (auto asking = askings_.begin(); asking != askings_.end();) {
    const Asking& each = *asking++;
    if (each.session.deadline() <= now)
      tell(each, KeyOutcome::unreachable, "no answer within 10 seconds");
  }
  visits_.remove_if([now](const KeServer& visit) { return visit.deadline() <= now; });
}

const TlsCredentials* NtsWorker::trust_of(std::uint32_t set) const {
  const auto found = trust_.find(set);
  return found == trust_.end() ? nullptr : &found->second;
}

// Network, memory, clock; no file can be opened and nothing started.
constexpr Allow nts_promise[] = {
    {"ppoll"},
    {"recvfrom"},
    {"sendto"},
    {"sendmsg"},
    {"write"},
    {"close"},
    {"accept4"},
    {"socket", 0, Match::equal, AF_INET},
    {"socket", 0, Match::equal, AF_INET6},
    {"bind"},
    {"connect"},
    {"getsockopt"},
    {"clock_gettime"},
    {"getrusage"},  // GnuTLS stirs its generator with it
    {"getrandom"},
    {"futex"},
    {"brk"},
    {"mmap", 2, Match::equal, 0, PROT_EXEC},
    {"munmap"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
};

}  // namespace

Result<void> run_nts(NtsRole role) {
  const Filter filter = role.confined ? Filter::on : Filter::off;
  const auto worker = std::make_unique<NtsWorker>(std::move(role));
  NTP_TRY(worker->prepare());
  NTP_TRY(confine(nts_promise, filter));
  return worker->run();
}

}  // namespace ntp
