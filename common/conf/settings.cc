// Paths and addresses that follow from more than one setting.
#include "common/conf/settings.h"

namespace ntp {

std::string control_socket_path(const Settings& settings) {
  return settings.control.socket.value_or(settings.clock.rundir + "/ntpd-net/control.sock");
}

std::string pid_file_path(const Settings& settings) {
  return settings.pidfile.value_or(settings.clock.rundir + "/ntpd-net/ntpd-net.pid");
}

// A family that no bindcmdaddress names stays at its loopback address.
std::vector<Address> command_addresses(const Settings& settings) {
  if (settings.control.port == 0) return {};
  std::vector<Address> addresses = settings.control.bind_addresses;
  for (const auto& loopback : {ipv4_loopback, ipv6_loopback}) {
    bool given = false;
    for (const auto& address : settings.control.bind_addresses)
      given |= address.family == loopback.family;
    if (!given) addresses.push_back(loopback);
  }
  return addresses;
}

}  // namespace ntp
