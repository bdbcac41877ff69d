// One question at a time; answers to anything else are not ours and cannot be there yet.
#include "ntpd-net/access_names.h"

#include <poll.h>

#include <algorithm>

#include "common/base/log.h"
#include "common/os/system_clocks.h"

namespace ntp {
namespace {

std::optional<NameAnswer> hear(NameService& names, std::uint32_t id, MonotonicTime until) {
  SystemClocks clocks;
  for (;;) {
    if (auto answer = names.take(); answer && answer->id == id) return answer;
    const Nanos left = until - clocks.monotonic_now();
    if (left <= Nanos{0} || names.fd() < 0) return std::nullopt;
    pollfd wait{names.fd(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left / 1ms) + 1) < 0 && errno != EINTR)
      return std::nullopt;
  }
}

}  // namespace

void resolve_access(std::vector<AccessRule>& rules, NameService& names, Nanos patience) {
  const MonotonicTime until = SystemClocks{}.monotonic_now() + patience;
  std::uint32_t id = 0x8000'0000;  // far from the sources' own
  for (AccessRule& rule : rules) {
    if (rule.host.empty()) continue;
    if (!names.ask(++id, rule.host, Family::none)) continue;
    const auto answer = hear(names, id, until);
    if (!answer || answer->count == 0) continue;
    const Address& first = answer->addresses[0];
    rule.subnet = {first, static_cast<std::uint8_t>(first.bits())};
    log_info("{} {} is {}", rule.allow ? "allow" : "deny", rule.host, to_text(first));
  }
  std::erase_if(rules, [](const AccessRule& rule) {
    const bool lost = !rule.host.empty() && !rule.subnet.address.is_set();
    if (lost)
      log_warning("Could not resolve address of {}: this {} line has no effect", rule.host,
                  rule.allow ? "allow" : "deny");
    return lost;
  });
}

}  // namespace ntp
