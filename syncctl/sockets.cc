// Opening, sending, waiting. A Unix client is bound beside the daemon's socket, world-writable
// as the daemon (another user) must be able to answer, under a name with our process number.
#include "syncctl/sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace ntp::syncctl {

namespace {

constexpr std::size_t path_limit = sizeof(sockaddr_un::sun_path);
// Read by the signal handler: the one thing that may outlive a killed client.
char own_path[path_limit];

void remove_own_path() {
  if (own_path[0] != '\0') ::unlink(own_path);
  own_path[0] = '\0';
}

void end_by(int signal_number) {
  remove_own_path();
  ::signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

// Whatever ends us, the path goes.
void watch_the_end() {
  static const int registered = std::atexit(remove_own_path);
  static_cast<void>(registered);
  struct sigaction action {};
  action.sa_handler = end_by;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) {
    struct sigaction present {};
    if (::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) {
      ::sigaction(number, &action, nullptr);
    }
  }
}

bool fill(sockaddr_un& address, const std::string& path) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= path_limit) return false;
  std::ranges::copy(path, address.sun_path);
  return true;
}

socklen_t fill(sockaddr_storage& storage, const Endpoint& endpoint) {
  storage = {};
  if (endpoint.address.family == Family::ipv6) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = from_big_endian(endpoint.port);
    std::memcpy(&address.sin6_addr, endpoint.address.octets.data(), 16);
    return sizeof address;
  }
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  address.sin_port = from_big_endian(endpoint.port);
  std::memcpy(&address.sin_addr, endpoint.address.octets.data(), 4);
  return sizeof address;
}

}  // namespace

void Sockets::close() {
  socket_.reset();
  remove_own_path();
}

bool Sockets::open_unix(const std::string& path) {
  sockaddr_un daemon, own;
  const std::string folder = path.substr(0, path.rfind('/'));
  const std::string own_name = fmt::format("{}/syncctl.{}.sock", folder, ::getpid());
  if (!fill(daemon, path) || !fill(own, own_name)) return false;
  socket_ = Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket_.is_open()) return false;

  watch_the_end();
  ::unlink(own_name.c_str());
  // The mode comes from the umask, never from a chmod by name: the folder is the daemon's, who
  // could put a link there in between.
  const mode_t before = ::umask(0111);
  const int bound = ::bind(socket_.number(), reinterpret_cast<sockaddr*>(&own), sizeof own);
  ::umask(before);
  if (bound != 0) return false;
  std::ranges::copy(own_name, own_path);
  own_path[own_name.size()] = '\0';
  return ::connect(socket_.number(), reinterpret_cast<sockaddr*>(&daemon), sizeof daemon) == 0;
}

bool Sockets::open_udp(const Endpoint& endpoint) {
  sockaddr_storage address;
  const socklen_t length = fill(address, endpoint);
  socket_ = Fd{::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return socket_.is_open() &&
         ::connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), length) == 0;
}

bool Sockets::open(const Place& place) {
  close();
  const bool opened = place.path.empty() ? open_udp(place.endpoint) : open_unix(place.path);
  if (!opened) close();
  return opened;
}

bool Sockets::open_next() {
  while (next_ < places_.size()) {
    if (open(places_[next_++])) return true;
  }
  next_ = 0;
  close();
  return false;
}

bool Sockets::send(Octets octets) {
  return ::send(socket_.number(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(octets.size());
}

std::expected<Octets, Silence> Sockets::receive(WritableOctets buffer, Nanos patience) {
  pollfd waiting{.fd = socket_.number(), .events = POLLIN, .revents = 0};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  if (::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(ms, 1'000'000))) <= 0) {
    return std::unexpected{Silence::timeout};
  }
  const ssize_t length = ::recv(socket_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (length < 0) return std::unexpected{Silence::refused};
  return Octets{buffer}.first(static_cast<std::size_t>(length));
}

}  // namespace ntp::syncctl
