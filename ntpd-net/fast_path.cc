// The loader is started, waited for, and its words of failure become ours.
#include "ntpd-net/fast_path.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "common/base/fd_message.h"
#include "common/base/text.h"
#include "common/os/own_program.h"

namespace ntp {
namespace {

static_assert(sizeof(fast_access) == sizeof(AccessPage));
static_assert(offsetof(fast_access, trees) == offsetof(AccessPage, trees));
static_assert(fast_access_nodes == AccessPage::most_nodes);
static_assert(sizeof(fast_clients) == sizeof(ClientSet));
static_assert(sizeof(fast_counters) == sizeof(CounterPage));
static_assert(int{fast_requests} == static_cast<int>(Count::requests));
static_assert(int{fast_answers} == static_cast<int>(Count::answers));
static_assert(int{fast_kisses} == static_cast<int>(Count::kisses));
static_assert(int{fast_kernel_receive} == static_cast<int>(Count::kernel_receive_stamps));
static_assert(int{fast_kernel_transmit} == static_cast<int>(Count::kernel_transmit_stamps));
static_assert(int{fast_lost_records} == static_cast<int>(Count::lost_records));
static_assert(int{fast_denied} == static_cast<int>(Count::denied));
static_assert(int{fast_rate_limited} == static_cast<int>(Count::rate_limited));

constexpr int loader_patience = 20'000;  // ms
constexpr std::size_t handed = 5;        // link, state, access, counters, clients

std::vector<std::string> order_of(const Settings& settings, int channel) {
  const ServerSettings& server = settings.server;
  std::vector<std::string> words{"ntpd-xdp", "--interface=" + server.fastpath.interface,
                                 "--channel=" + std::to_string(channel),
                                 "--port=" + std::to_string(server.port),
                                 "--traffic-class=" + std::to_string(settings.dscp << 2)};
  if (!server.fastpath.hook.empty()) words.push_back("--hook=" + server.fastpath.hook);
  for (const Address& address : server.bind_addresses)
    words.push_back("--address=" + to_text(address));
  if (!server.noclientlog)
    words.push_back("--sets=" + std::to_string(client_sets(server.clientloglimit, 1)));
  if (const RateLimit& limit = server.ratelimit; limit.enabled) {
    words.push_back("--ratelimit");
    for (const int value : {limit.interval, limit.burst, limit.leak, limit.kod})
      words.push_back(std::to_string(value));
  }
  return words;
}

[[noreturn]] void become_loader(const std::string& path, std::vector<std::string> words,
                                int channel, int complaints) {
  if (::dup2(complaints, 2) < 0 || ::fcntl(channel, F_SETFD, 0) != 0) ::_exit(126);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  ::execve(path.c_str(), argv.data(), environment);
  ::_exit(127);
}

// All that comes until the other end closes.
std::string hear_out(const Fd& from) {
  std::string heard;
  std::array<char, 512> part;
  pollfd wait{from.number(), POLLIN, 0};
  while (heard.size() < 2048 && ::poll(&wait, 1, loader_patience) > 0) {
    const ssize_t length = ::read(from.number(), part.data(), part.size());
    if (length <= 0) break;
    heard.append(part.data(), static_cast<std::size_t>(length));
  }
  while (heard.ends_with('\n')) heard.pop_back();
  return heard;
}

Result<FastPath> receive(const Fd& channel) {
  std::array<std::uint32_t, 2> words{};
  std::array<Fd, handed> fds{};
  const auto octets = std::as_writable_bytes(std::span{words});
  const FdMessage message = receive_with_fds(channel, octets, fds, MSG_DONTWAIT);
  if (message.size != sizeof words) return failure("ntpd-xdp handed nothing over");
  if (message.fds != handed || message.is_cut)
    return failure("ntpd-xdp handed over something else");
  return FastPath{.link = std::move(fds[0]),
                  .state = std::move(fds[1]),
                  .access = std::move(fds[2]),
                  .counters = std::move(fds[3]),
                  .clients = std::move(fds[4]),
                  .in_driver = words[0] == 1};
}

// A map says its size in /proc, since fstat does not know it.
std::size_t map_size(const Fd& fd) {
  const Fd info{
      ::open(("/proc/self/fdinfo/" + std::to_string(fd.number())).c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 1024> text{};
  if (!info.is_open() || ::read(info.number(), text.data(), text.size() - 1) <= 0) return 0;
  const auto number_after = [&](const char* word) -> std::size_t {
    const char* at = std::strstr(text.data(), word);
    return at == nullptr ? 0 : std::strtoull(at + std::strlen(word), nullptr, 10);
  };
  return number_after("value_size:") * number_after("max_entries:");
}

template <typename T>
Result<Mapped<T>> map_whole(const Fd& fd, int protection) {
  const std::size_t size = map_size(fd);
  if (size < sizeof(T)) return failure("the fast path's maps are of another version");
  void* memory = ::mmap(nullptr, size, protection, MAP_SHARED, fd.number(), 0);
  if (memory == MAP_FAILED) return system_failure("cannot map the fast path's memory");
  return Mapped<T>{static_cast<T*>(memory), size};
}

}  // namespace

Result<FastPath> start_fast_path(const Settings& settings) {
  const ServerSettings& server = settings.server;
  if (!server.binddevice.empty() && server.binddevice != server.fastpath.interface)
    return failure("binddevice names another interface");
  int channel[2], complaints[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
    return system_failure("socketpair");
  const Fd ours{channel[0]};
  Fd theirs{channel[1]};
  if (::pipe2(complaints, O_CLOEXEC) != 0) return system_failure("pipe");
  const Fd heard{complaints[0]};
  Fd said{complaints[1]};
  const auto path = find_own_program("ntpd-xdp");
  if (!path) return failure("this build has no ntpd-xdp");
  const pid_t loader = ::fork();
  if (loader < 0) return system_failure("fork");
  if (loader == 0)
    become_loader(*path, order_of(settings, theirs.number()), theirs.number(), said.number());
  theirs.reset();
  said.reset();
  std::string words = hear_out(heard);
  ::kill(loader, SIGKILL);  // it has ended, or its time has
  int status = 0;
  ::waitpid(loader, &status, 0);
  auto received = receive(ours);
  if (!received && !words.empty()) return failure(std::move(words));
  return received;
}

Result<Mapped<fast_state>> map_fast_state(const Fd& fd) {
  return map_whole<fast_state>(fd, PROT_READ | PROT_WRITE);
}
Result<Mapped<AccessPage>> map_fast_access(const Fd& fd) {
  return map_whole<AccessPage>(fd, PROT_READ | PROT_WRITE);
}
Result<Mapped<const CounterPage>> map_fast_counters(const Fd& fd) {
  return map_whole<const CounterPage>(fd, PROT_READ);
}
Result<Mapped<const ClientSet>> map_fast_clients(const Fd& fd) {
  return map_whole<const ClientSet>(fd, PROT_READ);
}

}  // namespace ntp
