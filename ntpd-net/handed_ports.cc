// See handed_ports.h.
#include "ntpd-net/handed_ports.h"

#include <algorithm>

namespace ntp {

Fd HandedPorts::take(std::string_view name) {
  const auto found = std::ranges::find(handed_, name, &KeptFd::name);
  if (found == handed_.end()) return {};
  Fd fd = std::move(found->fd);
  handed_.erase(found);
  return fd;
}

Result<UdpSocket> HandedPorts::bind(std::string_view use, const Endpoint& local,
                                    const UdpOptions& options) {
  if (Fd fd = take(port_name(use, local)); fd.is_open()) return UdpSocket::adopt(std::move(fd));
  return UdpSocket::bind_to(local, options);
}

std::string port_name(std::string_view use, const Endpoint& local) {
  std::string name = std::string{use} + " " + to_text(local);
  std::ranges::replace(name, ':', '_');
  return name;
}

}  // namespace ntp
