// metrics serve: the same text for whoever scrapes it over HTTP, on loopback, another address or a
// Unix socket. One request a connection, one connection at a time, two seconds each: enough for a
// collector, nothing for a crowd. Knows two paths; reads of a request its first line only.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "common/base/address.h"
#include "common/base/text.h"
#include "common/os/service.h"
#include "common/os/udp.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view default_place = "127.0.0.1:9933";
constexpr auto patience = std::chrono::seconds{2};  // with one asker
constexpr std::size_t most_request = 8192;          // octets

// "127.0.0.1:9933", "[::1]:9933".
std::optional<Endpoint> parse_place(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

Result<Fd> listen_at(const Endpoint& place) {
  const int family = place.address.family == Family::ipv6 ? AF_INET6 : AF_INET;
  Fd socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (!socket.is_open() ||
      ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return system_failure("cannot open a socket");
  sockaddr_storage to{};
  const auto length = to_sockaddr(place, to);
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&to), length) != 0 ||
      ::listen(socket.number(), 16) != 0)
    return system_failure("cannot listen at " + to_text(place));
  return socket;
}

Result<Fd> listen_at(const std::string& path) {
  sockaddr_un to{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof to.sun_path) return failure(path + " is too long for a socket");
  std::memcpy(to.sun_path, path.data(), path.size());
  Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return system_failure("cannot open a socket");
  // One that nobody answers at is stale; one that answers is somebody's.
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
    return failure("somebody listens at " + path);
  const bool is_stale = errno == ECONNREFUSED;
  socket = Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (is_stale) ::unlink(path.c_str());
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::listen(socket.number(), 16) != 0)
    return system_failure("cannot listen at " + path);
  return socket;
}

// The head of a request, as far as it comes in time.
std::string hear(const Fd& asker) {
  const auto end = Steady::now() + patience;
  std::string head;
  while (head.find("\r\n\r\n") == head.npos && head.size() < most_request) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now());
    pollfd waiting{asker.number(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return {};
    char piece[1024];
    const ssize_t got = ::recv(asker.number(), piece, sizeof piece, MSG_DONTWAIT);
    if (got <= 0) return {};
    head.append(piece, static_cast<std::size_t>(got));
  }
  return head;
}

void say(const Fd& asker, std::string_view text) {
  const auto end = Steady::now() + patience;
  while (!text.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now());
    pollfd waiting{asker.number(), POLLOUT, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return;
    const ssize_t sent =
        ::send(asker.number(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string response(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, type, body.size(), body);
}

std::string answer(Session& session, std::string_view head) {
  constexpr std::string_view plain = "text/plain; charset=utf-8";
  const auto words = split_words(head.substr(0, head.find("\r\n")));
  if (words.size() != 3) return response("400 Bad Request", plain, "");
  if (words[0] != "GET") return response("405 Method Not Allowed", plain, "GET only\n");
  if (words[1] != "/metrics" && words[1] != "/")
    return response("404 Not Found", plain, "only /metrics is here\n");
  const auto text = metrics_text(session);
  if (!text) return response("503 Service Unavailable", plain, text.error().text + "\n");
  return response("200 OK", "application/openmetrics-text; version=1.0.0; charset=utf-8", *text);
}

}  // namespace

Done serve_metrics(Session& session, Words words) {
  const std::string place{words.empty() ? default_place : words[0]};
  if (words.size() > 1) return complaint("Invalid syntax for metrics command");
  const auto endpoint = parse_place(place);
  if (!endpoint && !place.starts_with('/')) return complaint("Could not read address");
  const auto door = endpoint ? listen_at(*endpoint) : listen_at(place);
  if (!door) return complaint(door.error().message);
  for (;;) {
    const Fd asker{::accept4(door->number(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!asker.is_open()) continue;
    if (const std::string head = hear(asker); !head.empty()) say(asker, answer(session, head));
  }
}

}  // namespace ntp::syncctl
