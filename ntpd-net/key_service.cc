// See key_service.h.
#include "ntpd-net/key_service.h"

#include <sys/socket.h>

#include <algorithm>

namespace ntp {

bool KeyService::ask(const KeyQuery& query) {
  if (!channel_.is_open()) return false;
  return ::send(channel_.number(), &query, sizeof query, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         sizeof query;
}

std::optional<KeyAnswer> KeyService::take() {
  if (!channel_.is_open()) return std::nullopt;
  KeyAnswer answer;
  if (::recv(channel_.number(), &answer, sizeof answer, MSG_DONTWAIT) != sizeof answer)
    return std::nullopt;
  answer.server.back() = answer.why.back() = '\0';
  const bool possible =
      answer.outcome == KeyOutcome::keys
          ? answer.count >= 1 && answer.count <= most_cookies &&
                std::ranges::all_of(
                    std::span{answer.cookies}.first(answer.count),
                    [](const Cookie& c) { return c.size > 0 && c.size <= most_cookie; })
          : answer.outcome == KeyOutcome::unreachable || answer.outcome == KeyOutcome::refused;
  return possible ? std::optional{answer} : std::nullopt;
}

}  // namespace ntp
