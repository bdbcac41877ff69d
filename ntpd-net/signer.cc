// Samba's ntp_signd speaks a stream of big-endian records: a length that does not count itself, a
// version, an operation, a number that comes back, then (ours) the key and the answer or (its) the
// answer with key and digest.
#include "ntpd-net/signer.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "common/base/log.h"
#include "common/base/octets.h"
#include "common/os/sandbox.h"
#include "common/os/service.h"
#include "common/os/system_clocks.h"
#include "common/os/udp.h"

namespace ntp {
namespace {

constexpr std::size_t signature_size = 16;
constexpr std::size_t signed_size = header_size + 4 + signature_size;  // no longer than the request
constexpr std::size_t length_size = 4;
constexpr std::size_t question_size = length_size + 16 + header_size;
constexpr std::size_t head_size = length_size + 12;  // of Samba's answer
constexpr std::uint32_t protocol_version = 0, sign_to_client = 0, signing_success = 3;
constexpr timeval patience{.tv_sec = 1, .tv_usec = 0};  // with Samba, for each call
constexpr Nanos oldest_order = 1s;                      // after that no client waits for it

constexpr Allow signer_promise[] = {
    {"ppoll"},
    {"recvfrom"},
    {"sendto"},
    {"sendmsg"},
    {"socket", 0, Match::equal, AF_UNIX},
    {"setsockopt"},
    {"connect"},
    {"close"},
    {"write"},  // the log
    {"clock_gettime"},
    {"brk"},
    {"rt_sigreturn"},
    {"restart_syscall"},
    {"exit_group"},
};

class Samba {
 public:
  explicit Samba(std::string path) : path_{std::move(path)} {}

  // The answer with key and digest; nothing when Samba does not sign it.
  std::optional<std::array<std::byte, signed_size>> sign(const SigningOrder& order) {
    if (!socket_.is_open() && !connect()) return std::nullopt;
    auto answer = ask(order);
    if (!answer) socket_.reset();  // whatever is still on its way belongs to no question
    return answer && answer->is_signed ? std::optional{answer->octets} : std::nullopt;
  }

 private:
  struct Answer {
    bool is_signed = false;
    std::array<std::byte, signed_size> octets{};
  };

  bool connect() {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path_.size() < sizeof address.sun_path)
      std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
      ::setsockopt(socket.number(), SOL_SOCKET, option, &patience, sizeof patience);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
      // Once, until Samba has signed something again.
      if (!std::exchange(has_complained_, true))
        log_warning("Nobody signs for MS-SNTP clients: {}: {}", path_, std::strerror(errno));
      return false;
    }
    socket_ = std::move(socket);
    return true;
  }

  // Nothing when the connection is of no more use.
  std::optional<Answer> ask(const SigningOrder& order) {
    const std::uint16_t number = ++asked_;
    std::array<std::byte, question_size> question{};
    Writer out{question};
    out.put(static_cast<std::uint32_t>(question_size - length_size));
    out.put(protocol_version);
    out.put(sign_to_client);
    out.put(number);
    out.put(std::uint16_t{0});
    out.put(order.key_id);
    out.put(Octets{order.answer});
    if (::send(socket_.number(), question.data(), question.size(), MSG_NOSIGNAL) !=
        ssize_t{question_size})
      return std::nullopt;

    std::array<std::byte, head_size> head{};
    if (!receive(head)) return std::nullopt;
    Cursor in{head};
    const std::size_t rest = in.take<std::uint32_t>() + length_size - head_size;
    in.skip(4);
    const bool success = in.take<std::uint32_t>() == signing_success;
    if (in.take<std::uint32_t>() != number || rest > signed_size) return std::nullopt;
    Answer answer{.is_signed = success && rest == signed_size};
    if (!receive(WritableOctets{answer.octets}.first(rest))) return std::nullopt;
    if (answer.is_signed) has_complained_ = false;
    return answer;
  }

  bool receive(WritableOctets into) {
    return into.empty() || ::recv(socket_.number(), into.data(), into.size(), MSG_WAITALL) ==
                               static_cast<ssize_t>(into.size());
  }

  std::string path_;
  Fd socket_;
  std::uint16_t asked_ = 0;
  bool has_complained_ = false;
};

}  // namespace

bool wants_signature(const Request& request) {
  if (request.header.version != 3 || request.tail.mac.size() != 4 + signature_size) return false;
  return key_id_of(request.tail.mac) != 0 &&
         std::ranges::all_of(request.tail.mac.subspan(4),
                             [](std::byte octet) { return octet == std::byte{0}; });
}

bool give_order(const Fd& signer, const SigningOrder& order) {
  SigningOrder copy = order;
  iovec part{&copy, sizeof copy};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &part;
  message.msg_hdr.msg_iovlen = 1;
  return ::sendmmsg(signer.number(), &message, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

Result<void> run_signer(SignerRole role) {
  NTP_TRY(confine(signer_promise, role.confined ? Filter::on : Filter::off));
  std::vector<UdpSocket> sockets;
  for (Fd& socket : role.sockets) sockets.push_back(UdpSocket::adopt(std::move(socket)));
  Samba samba{role.directory + "/socket"};
  SystemClocks clocks;
  pollfd fds[2] = {{role.orders.number(), POLLIN, 0}, {role.lifeline.number(), POLLIN, 0}};
  while (!is_stop_requested()) {
    NTP_TRY(wait_ready(fds, Nanos{-1}));
    if (fds[1].revents != 0) return {};
    SigningOrder order;
    if (::recv(role.orders.number(), &order, sizeof order, MSG_DONTWAIT) != sizeof order) continue;
    if (order.socket >= sockets.size() || clocks.raw_now() - order.made > oldest_order) continue;
    const auto answer = samba.sign(order);
    if (!answer) continue;
    // Whoever has gone away does not get it.
    (void)sockets[order.socket].send_to(*answer, order.to, order.from);
  }
  return {};
}

}  // namespace ntp
