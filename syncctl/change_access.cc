// Who may ask the daemon: allow, deny, accheck, and the same for command access.
#include <fmt/format.h>

#include "common/base/text.h"
#include "syncctl/change.h"
#include "syncctl/names.h"

namespace ntp::syncctl {

namespace {

using control::AccessSubnet;
using control::Command;

// ADDRESS, ADDRESS/BITS, leading octets of an IPv4 address, or a host's name. Too many bits are
// for the daemon to refuse.
Fetched<AccessSubnet> subnet_from(const Session& session, std::string_view word) {
  if (const auto subnet = parse_subnet(word)) {
    return AccessSubnet{{subnet->address}, subnet->prefix};
  }
  const std::size_t slash = word.find('/');
  if (slash != word.npos) {
    const auto address = parse_address(word.substr(0, slash));
    const auto bits = parse_integer<std::int32_t>(word.substr(slash + 1));
    if (!address || !bits) return complaint("Could not read address");
    return AccessSubnet{{*address}, *bits};
  }
  const auto addresses = look_up(std::string{word}, session.settings.family);
  if (addresses.empty()) return complaint("Could not read address");
  return AccessSubnet{{addresses.front()}, addresses.front().bits()};
}

Done change_access(Session& session, Words words, Command one, Command all) {
  const bool whole = !words.empty() && words[0] == "all";
  if (whole) words = words.subspan(1);
  if (words.size() > 1) return complaint("Could not read address");
  AccessSubnet subnet;
  if (!words.empty()) subnet = NTP_TRY(subnet_from(session, words[0]));
  return change(session, whole ? all : one, subnet);
}

Done check(Session& session, Words words, Command command) {
  if (words.size() != 1) return complaint("Could not read address");
  const auto address = source_from(session, words[0]);
  if (!address) return complaint("Could not read address");
  return change(session, command, control::OneAddress{*address});
}

}  // namespace

Done change_allow(Session& session, Words words) {
  return change_access(session, words, Command::allow, Command::allow_all);
}
Done change_deny(Session& session, Words words) {
  return change_access(session, words, Command::deny, Command::deny_all);
}
Done change_command_allow(Session& session, Words words) {
  return change_access(session, words, Command::command_allow, Command::command_allow_all);
}
Done change_command_deny(Session& session, Words words) {
  return change_access(session, words, Command::command_deny, Command::command_deny_all);
}
Done check_access(Session& session, Words words) {
  return check(session, words, Command::access_check);
}
Done check_command_access(Session& session, Words words) {
  return check(session, words, Command::command_access_check);
}

}  // namespace ntp::syncctl
