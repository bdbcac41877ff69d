// bench-bare: the least that can answer an NTP request: recvmmsg, swap, sendmmsg; no access
// list, no client table, no kernel stamps, no filter. The limit that servers are measured
// against; not a server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "common/wire/header.h"

namespace {

constexpr unsigned batch = 64;

ntp::UtcTime now() {
  timespec t{};
  if (::clock_gettime(CLOCK_REALTIME, &t) != 0) std::abort();
  return {std::chrono::seconds{t.tv_sec} + ntp::Nanos{t.tv_nsec}};
}

int open_port(std::uint16_t port, const char* address) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  const int buffer = 16 << 20;
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  local.sin_addr.s_addr = ::inet_addr(address);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0) {
    std::perror("bench-bare");
    std::exit(1);
  }
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
    std::perror("bench-bare: small buffer");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = open_port(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 11123),
                           argc > 2 ? argv[2] : "127.0.0.1");
  static std::array<std::array<std::byte, 1024>, batch> octets;
  static std::array<sockaddr_in, batch> from;
  static std::array<iovec, batch> parts;
  static std::array<mmsghdr, batch> messages;
  for (;;) {
    for (unsigned i = 0; i < batch; ++i) {
      parts[i] = {octets[i].data(), octets[i].size()};
      messages[i].msg_hdr = {&from[i], sizeof from[i], &parts[i], 1, nullptr, 0, 0};
    }
    const int count = ::recvmmsg(fd, messages.data(), batch, MSG_WAITFORONE, nullptr);
    if (count <= 0) continue;
    const ntp::WireTime time = ntp::to_wire(now());
    for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
      octets[i][0] = std::byte{0x24};
      octets[i][1] = std::byte{1};
      std::memcpy(&octets[i][24], &octets[i][40], 8);
      const std::uint64_t bits = ntp::from_big_endian(time.bits);
      std::memcpy(&octets[i][32], &bits, 8);
      std::memcpy(&octets[i][40], &bits, 8);
      parts[i].iov_len = ntp::header_size;
    }
    if (::sendmmsg(fd, messages.data(), static_cast<unsigned>(count), 0) < 0) continue;
  }
}
