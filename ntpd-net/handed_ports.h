// Sockets that the service manager kept for this start (ports.h): each is found by what it is for
// and where it is bound. Opens what was not handed over; asks no manager.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/os/fd_store.h"
#include "common/os/udp.h"

namespace ntp {

// What was handed over and is not taken yet.
class HandedPorts {
 public:
  HandedPorts() = default;  // nothing
  explicit HandedPorts(std::vector<KeptFd> handed) : handed_{std::move(handed)} {}

  // The one of this name; closed when there is none (left).
  [[nodiscard]] Fd take(std::string_view name);
  // A bound socket for this use: handed over, else opened.
  [[nodiscard]] Result<UdpSocket> bind(std::string_view use, const Endpoint& local,
                                       const UdpOptions& options);

 private:
  std::vector<KeptFd> handed_;
};

// "server 0.0.0.0_123": what a socket is for and where it is bound, as a name of the store.
[[nodiscard]] std::string port_name(std::string_view use, const Endpoint& local);

}  // namespace ntp
